import type { Writer } from '../../sqlite/writer.js'

/** As partial indexes name them: a question must say it in the same words to use one. */
export const openState = `state IN ('open', 'redriving')`
const settledState = `state IN ('done', 'superseded', 'skipped')`

/**
 * AUTOINCREMENT keeps the highest number ever given, so that a trimmed letter's number is not given again. Long texts
 * stand last in their rows: whoever looks at another column does not read them.
 */
export const failureTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, group_name TEXT NOT NULL, topic TEXT NOT NULL, incarnation TEXT NOT NULL,
    partition INTEGER NOT NULL, offset INTEGER NOT NULL, key TEXT, event TEXT NOT NULL, edited INTEGER NOT NULL, error_class TEXT,
    attempts INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL, wire TEXT NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS dead_letter_place ON dead_letter (group_name, topic, partition, offset)',
  'CREATE INDEX IF NOT EXISTS dead_letter_group ON dead_letter (group_name, state)',
  'CREATE INDEX IF NOT EXISTS dead_letter_state ON dead_letter (state)',
  `CREATE INDEX IF NOT EXISTS dead_letter_open ON dead_letter (group_name, topic, partition, key, offset, state) WHERE ${openState}`,
  `CREATE INDEX IF NOT EXISTS dead_letter_settled ON dead_letter (at) WHERE ${settledState}`,
  `CREATE TABLE IF NOT EXISTS parked_event (
    group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, key TEXT NOT NULL,
    event TEXT NOT NULL, wire TEXT NOT NULL, PRIMARY KEY (group_name, topic, partition, offset)) WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS parked_event_key ON parked_event (group_name, topic, partition, key, offset)',
  `CREATE TABLE IF NOT EXISTS attempt_chunk (
    row INTEGER PRIMARY KEY, group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL, text TEXT NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS attempt_chunk_place ON attempt_chunk (topic, partition, last_offset, first_offset, group_name)',
  'CREATE INDEX IF NOT EXISTS attempt_chunk_group ON attempt_chunk (group_name)',
  'CREATE INDEX IF NOT EXISTS attempt_chunk_topic ON attempt_chunk (topic)',
  'CREATE INDEX IF NOT EXISTS attempt_chunk_at ON attempt_chunk (at)',
]

export type FailureWrites = ReturnType<typeof prepareFailureWrites>

export function prepareFailureWrites(writer: Writer) {
  return {
    /** number, state, group, topic, incarnation, partition, offset, key, event, edited, error class, attempts, at, reason, wire. */
    deadLetter: writer.prepare('INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', 15),
    /** number, state. */
    deadLetterState: writer.prepare('UPDATE dead_letter SET state = ?2 WHERE number = ?1', 2),
    /** group, topic, partition, key, below. */
    superseded: writer.prepare(
      `UPDATE dead_letter INDEXED BY dead_letter_open SET state = 'superseded'
       WHERE group_name = ? AND topic = ? AND partition = ? AND key = ? AND offset < ? AND ${openState}`,
      5,
    ),
    deadLettersTrimmed: writer.prepare(
      `DELETE FROM dead_letter WHERE number IN (
        SELECT number FROM dead_letter INDEXED BY dead_letter_settled WHERE ${settledState} AND at < ? ORDER BY at LIMIT 1000)`,
      1,
    ),
    groupDeadLetters: writer.prepare('DELETE FROM dead_letter WHERE group_name = ?', 1),
    groupTopicDeadLetters: writer.prepare('DELETE FROM dead_letter WHERE group_name = ? AND topic = ?', 2),
    /** group, topic, partition, offset, key, event, wire. */
    parked: writer.prepare('INSERT OR REPLACE INTO parked_event VALUES (?, ?, ?, ?, ?, ?, ?)', 7),
    /** group, topic, partition, offset. */
    unparked: writer.prepare('DELETE FROM parked_event WHERE group_name = ? AND topic = ? AND partition = ? AND offset = ?', 4),
    /** group, topic, partition, from. */
    parkedDropped: writer.prepare('DELETE FROM parked_event WHERE group_name = ? AND topic = ? AND partition = ? AND offset >= ?', 4),
    groupParked: writer.prepare('DELETE FROM parked_event WHERE group_name = ?', 1),
    groupTopicParked: writer.prepare('DELETE FROM parked_event WHERE group_name = ? AND topic = ?', 2),
    /** group, topic, partition, first, last, at, count, text. */
    attempts: writer.prepare(
      `INSERT INTO attempt_chunk (group_name, topic, partition, first_offset, last_offset, at, count, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      8,
    ),
    /** before, keep. Rows are numbered as they come: no more than `keep` lie between the last and the one that is so far below it. */
    attemptsTrimmed: writer.prepare(
      `DELETE FROM attempt_chunk WHERE row IN (
        SELECT row FROM (SELECT row FROM attempt_chunk INDEXED BY attempt_chunk_at WHERE at < ?1 ORDER BY at LIMIT 1000)
        UNION SELECT row FROM (
          SELECT row FROM attempt_chunk WHERE row <= (SELECT MAX(row) FROM attempt_chunk) - ?2 ORDER BY row LIMIT 1000)
        LIMIT 1000)`,
      2,
    ),
  }
}
