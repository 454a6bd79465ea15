import type { Reader } from '../../sqlite/reader.js'
import { openState } from './failure-schema.js'
import { pageRows } from './pages.js'

const letterColumns = `number, state, group_name, topic, incarnation, partition, CAST(offset AS TEXT), key, event, edited, error_class,
  attempts, at, reason, wire`
const chunkColumns = 'row, group_name, topic, partition, CAST(first_offset AS TEXT), CAST(last_offset AS TEXT), at, count, text'

/** The parts of a filter of dead letters that no index serves: topic, error class, since, until; null for all. */
const alsoOfLetters = `(?3 IS NULL OR topic = ?3) AND (?4 IS NULL OR error_class = ?4) AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7)`
/** Where to look for dead letters, by what the filter names. Its values in order: numbers (JSON), group, topic, error class, state, since, until. */
const lettersBy = {
  numbers: `dead_letter WHERE number IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR group_name = ?2) AND (?5 IS NULL OR state = ?5)`,
  groupAndState: 'dead_letter INDEXED BY dead_letter_group WHERE group_name = ?2 AND state = ?5',
  group: 'dead_letter INDEXED BY dead_letter_group WHERE group_name = ?2',
  state: 'dead_letter INDEXED BY dead_letter_state WHERE state = ?5',
  nothing: 'dead_letter WHERE TRUE',
} as const

export type LettersBy = keyof typeof lettersBy
export type FailureQuestions = ReturnType<typeof prepareFailureQuestions>

/** Each finds the numbers of a page first, and then reads the rows of that page alone. */
export function prepareFailureQuestions(reader: Reader) {
  const letters = (from: string, [end, behind]: readonly [string, string], order: 'DESC' | 'ASC') =>
    reader.prepare(`
      SELECT ${letterColumns} FROM dead_letter WHERE number IN (
        SELECT number FROM ${from} AND ${alsoOfLetters} AND number ${end} ?8 AND number ${behind} ?9 ORDER BY number ${order} LIMIT ${pageRows})
      ORDER BY number ${order}`)
  const count = (from: string) => reader.prepare(`SELECT COUNT(*) FROM ${from} AND ${alsoOfLetters} AND number >= ?8 AND number <= ?9`)
  const chunks = (from: string) =>
    reader.prepare(`SELECT ${chunkColumns} FROM attempt_chunk WHERE row IN (${from} ORDER BY row DESC LIMIT ${pageRows}) ORDER BY row DESC`)
  return {
    lastDeadLetter: reader.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'dead_letter'`),
    /** The lowest and the highest there are; null for both: none. */
    deadLetterNumbers: reader.prepare('SELECT (SELECT MIN(number) FROM dead_letter), (SELECT MAX(number) FROM dead_letter)'),
    /** The filter's values, the lowest number to look at, and the one below which to go on. */
    deadLetters: forEach(lettersBy, (from) => letters(from, ['>=', '<'], 'DESC')),
    /** The filter's values, the highest number to look at, and the one behind which to go on. */
    oldestDeadLetters: forEach(lettersBy, (from) => letters(from, ['<=', '>'], 'ASC')),
    /** The filter's values, the lowest and the highest number to look at. */
    countDeadLetters: forEach(lettersBy, count),
    /** group, topic, partition, offset (text). */
    deadLetterOf: reader.prepare(`
      SELECT ${letterColumns} FROM dead_letter INDEXED BY dead_letter_place
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND offset = CAST(?4 AS INTEGER) ORDER BY number DESC LIMIT 1`),
    /** group, topic, partition, key behind which to go on: key, highest offset. */
    openKeys: reader.prepare(`
      SELECT key, CAST(MAX(offset) AS TEXT) FROM dead_letter INDEXED BY dead_letter_open
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND key > ?4 AND ${openState} AND state = 'open' GROUP BY key ORDER BY key`),
    /** group, topic, partition, key behind which to go on: key, how many. */
    parkedKeys: reader.prepare(`
      SELECT key, COUNT(*) FROM parked_event INDEXED BY parked_event_key
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND key > ?4 GROUP BY key ORDER BY key`),
    /** group, topic, partition, number behind which to go on. */
    redriving: reader.prepare(`
      SELECT ${letterColumns} FROM dead_letter WHERE number IN (
        SELECT number FROM dead_letter INDEXED BY dead_letter_open
        WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND ${openState} AND state = 'redriving' AND number > ?4
        ORDER BY number LIMIT ${pageRows})
      ORDER BY number`),
    /** When it ended, how many there are at most. */
    oldestAttempt: reader.prepare(
      'SELECT at, (SELECT MAX(row) FROM attempt_chunk) - row + 1 FROM attempt_chunk WHERE row = (SELECT MIN(row) FROM attempt_chunk)',
    ),
    /** group, topic, partition, offset (text). */
    isParked: reader.prepare(
      'SELECT 1 FROM parked_event WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND offset = CAST(?4 AS INTEGER)',
    ),
    /** group, topic, partition, key, offset (text) behind which to go on. */
    parked: reader.prepare(`
      SELECT CAST(offset AS TEXT), event, wire FROM parked_event
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND offset IN (
        SELECT offset FROM parked_event INDEXED BY parked_event_key
        WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND key = ?4 AND offset > CAST(?5 AS INTEGER) ORDER BY offset LIMIT ${pageRows})
      ORDER BY offset`),
    /** Time: the first row that may have ended since. */
    attemptsSince: reader.prepare('SELECT MIN(row) FROM attempt_chunk INDEXED BY attempt_chunk_at WHERE at >= ?1'),
    /** group (null), topic (null), first row, since (null for all), and the row below which to go on. */
    attempts: chunks(`
      SELECT row FROM attempt_chunk WHERE ?1 IS NULL AND ?2 IS NULL AND row >= ?3 AND row < ?5 AND (?4 IS NULL OR at >= ?4)`),
    /** The same of one topic. */
    attemptsOfTopic: chunks(`
      SELECT row FROM attempt_chunk INDEXED BY attempt_chunk_topic
      WHERE ?1 IS NULL AND topic = ?2 AND row >= ?3 AND row < ?5 AND (?4 IS NULL OR at >= ?4)`),
    /** The same of one group. */
    attemptsOfGroup: chunks(`
      SELECT row FROM attempt_chunk INDEXED BY attempt_chunk_group
      WHERE group_name = ?1 AND row >= ?3 AND row < ?5 AND (?2 IS NULL OR topic = ?2) AND (?4 IS NULL OR at >= ?4)`),
    /** group (null for all), topic, partition, offset (text), and the row below which to go on. */
    attemptsAround: chunks(`
      SELECT row FROM attempt_chunk INDEXED BY attempt_chunk_place WHERE topic = ?2 AND partition = ?3
      AND last_offset >= CAST(?4 AS INTEGER) AND first_offset <= CAST(?4 AS INTEGER) AND (?1 IS NULL OR group_name = ?1) AND row < ?5`),
  }
}

function forEach<K extends string>(texts: Readonly<Record<K, string>>, prepare: (text: string) => number): Readonly<Record<K, number>> {
  return Object.fromEntries(Object.entries<string>(texts).map(([name, text]) => [name, prepare(text)])) as Record<K, number>
}
