import type { Reader } from '../../sqlite/reader.js'
import type { Writer } from '../../sqlite/writer.js'

/** AUTOINCREMENT keeps the highest number ever given, so that a trimmed letter's number is not given again. */
export const failureTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, group_name TEXT NOT NULL, topic TEXT NOT NULL, incarnation TEXT NOT NULL,
    partition INTEGER NOT NULL, offset INTEGER NOT NULL, key TEXT, event TEXT NOT NULL, wire TEXT NOT NULL, edited INTEGER NOT NULL,
    reason TEXT NOT NULL, error_class TEXT, attempts INTEGER NOT NULL, at INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS dead_letter_place ON dead_letter (group_name, topic, partition, offset)',
  `CREATE INDEX IF NOT EXISTS dead_letter_open ON dead_letter (group_name, topic, partition, key, offset) WHERE state IN ('open', 'redriving')`,
  `CREATE TABLE IF NOT EXISTS parked_event (
    group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key TEXT NOT NULL,
    event TEXT NOT NULL, wire TEXT NOT NULL, PRIMARY KEY (group_name, topic, partition, offset)) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS parked_event_key ON parked_event (group_name, topic, partition, key, offset)',
  `CREATE TABLE IF NOT EXISTS attempt_chunk (
    row INTEGER PRIMARY KEY, group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS attempt_chunk_place ON attempt_chunk (topic, partition, last_offset, first_offset)',
]

export type FailureWrites = ReturnType<typeof prepareFailureWrites>
export type FailureReadStatements = ReturnType<typeof prepareFailureReads>

export function prepareFailureWrites(writer: Writer) {
  return {
    /** number, state, group, topic, incarnation, partition, offset, key, event, wire, edited, reason, error class, attempts, at. */
    deadLetter: writer.prepare('INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', 15),
    /** number, state. */
    deadLetterState: writer.prepare('UPDATE dead_letter SET state = ?2 WHERE number = ?1', 2),
    /** group, topic, partition, key, below. */
    superseded: writer.prepare(
      `UPDATE dead_letter SET state = 'superseded' WHERE group_name = ? AND topic = ? AND partition = ? AND key = ? AND offset < ?
       AND state IN ('open', 'redriving')`,
      5,
    ),
    deadLettersTrimmed: writer.prepare(
      `DELETE FROM dead_letter WHERE number IN (
        SELECT number FROM dead_letter WHERE state NOT IN ('open', 'redriving') AND at < ? ORDER BY number LIMIT 1000)`,
      1,
    ),
    groupDeadLetters: writer.prepare('DELETE FROM dead_letter WHERE group_name = ?', 1),
    groupTopicDeadLetters: writer.prepare('DELETE FROM dead_letter WHERE group_name = ? AND topic = ?', 2),
    /** group, topic, partition, offset, key, event, wire. */
    parked: writer.prepare('INSERT OR REPLACE INTO parked_event VALUES (?, ?, ?, ?, ?, ?, ?)', 7),
    /** group, topic, partition, offset. */
    unparked: writer.prepare('DELETE FROM parked_event WHERE group_name = ? AND topic = ? AND partition = ? AND offset = ?', 4),
    groupParked: writer.prepare('DELETE FROM parked_event WHERE group_name = ?', 1),
    groupTopicParked: writer.prepare('DELETE FROM parked_event WHERE group_name = ? AND topic = ?', 2),
    /** group, topic, partition, first, last, at, count, text. */
    attempts: writer.prepare(
      `INSERT INTO attempt_chunk (group_name, topic, partition, first_offset, last_offset, at, count, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      8,
    ),
    /** before, keep. Rows are in order of time, so what goes is a run at the start. */
    attemptsTrimmed: writer.prepare(
      `DELETE FROM attempt_chunk WHERE row IN (
        SELECT row FROM attempt_chunk ORDER BY row LIMIT 1000)
       AND (at < ?1 OR row <= (SELECT MAX(row) FROM attempt_chunk) - ?2)`,
      2,
    ),
  }
}

const letterColumns = `number, state, group_name, topic, incarnation, partition, CAST(offset AS TEXT), key, event, wire, edited, reason,
  error_class, attempts, at`
/** numbers (JSON), group, topic, error class, state, since, until: null for all. */
const letterFilter = `(?1 IS NULL OR number IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR group_name = ?2)
  AND (?3 IS NULL OR topic = ?3) AND (?4 IS NULL OR error_class = ?4) AND (?5 IS NULL OR state = ?5)
  AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7)`
const chunkColumns = 'row, group_name, topic, partition, CAST(first_offset AS TEXT), CAST(last_offset AS TEXT), at, count, text'
const openLetters = `FROM dead_letter INDEXED BY dead_letter_open WHERE group_name = ?1 AND topic = ?2 AND partition = ?3`

export function prepareFailureReads(reader: Reader) {
  return {
    lastDeadLetter: reader.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'dead_letter'`),
    /** The filter's values, and the number below which to go on. */
    deadLetters: reader.prepare(`SELECT ${letterColumns} FROM dead_letter WHERE ${letterFilter} AND number < ?8 ORDER BY number DESC`),
    countDeadLetters: reader.prepare(`SELECT COUNT(*) FROM dead_letter WHERE ${letterFilter}`),
    /** group, topic, partition, offset (text). */
    deadLetterOf: reader.prepare(`
      SELECT ${letterColumns} FROM dead_letter WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND offset = CAST(?4 AS INTEGER)
      ORDER BY number DESC`),
    /** group, topic, partition, key behind which to go on: key, highest offset. */
    openKeys: reader.prepare(`
      SELECT key, CAST(MAX(offset) AS TEXT) ${openLetters} AND state = 'open' AND state IN ('open', 'redriving') AND key > ?4
      GROUP BY key ORDER BY key`),
    /** group, topic, partition, key behind which to go on: key, how many. */
    parkedKeys: reader.prepare(`
      SELECT key, COUNT(*) FROM parked_event WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND key > ?4 GROUP BY key ORDER BY key`),
    /** group, topic, partition, number behind which to go on. */
    redriving: reader.prepare(`
      SELECT ${letterColumns} ${openLetters} AND state = 'redriving' AND state IN ('open', 'redriving') AND number > ?4 ORDER BY number`),
    /** group, topic, partition, key, from (text). */
    parked: reader.prepare(`
      SELECT CAST(offset AS TEXT), event, wire FROM parked_event
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND key = ?4 AND offset >= CAST(?5 AS INTEGER) ORDER BY offset`),
    /** group, topic, since (null for all), and the row below which to go on. */
    attempts: reader.prepare(`
      SELECT ${chunkColumns} FROM attempt_chunk WHERE (?1 IS NULL OR group_name = ?1) AND (?2 IS NULL OR topic = ?2)
      AND (?3 IS NULL OR at >= ?3) AND row < ?4 ORDER BY row DESC`),
    /** group (null for all), topic, partition, offset (text), and the row below which to go on. */
    attemptsAround: reader.prepare(`
      SELECT ${chunkColumns} FROM attempt_chunk INDEXED BY attempt_chunk_place WHERE topic = ?2 AND partition = ?3
      AND last_offset >= CAST(?4 AS INTEGER) AND first_offset <= CAST(?4 AS INTEGER) AND (?1 IS NULL OR group_name = ?1) AND row < ?5
      ORDER BY row DESC`),
  }
}
