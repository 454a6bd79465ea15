import type { Reader } from '../../sqlite/reader.js'
import type { Writer } from '../../sqlite/writer.js'

/**
 * An event's row id is its partition's number and its position in one integer: `number << 44 | position`. So events of a
 * partition lie together and in order, `--since` and replay are range scans, and there is no second index: an index over
 * random ids would write five times the log's bytes. 17 billion billion rows fit: 524,288 partitions of 17,592 billion events.
 */
export const positionBits = 44
export const maxPosition = 2 ** positionBits - 1
export const maxLogs = 2 ** (63 - positionBits)

const at = (log: string, position: string): string => `((${log} << ${positionBits}) | ${position})`

/** Run at every start: what is there stays. */
export const tables: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS topic (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, incarnation TEXT NOT NULL)',
  `CREATE TABLE IF NOT EXISTS log (
    number INTEGER PRIMARY KEY, topic INTEGER NOT NULL, partition INTEGER NOT NULL,
    events INTEGER NOT NULL, bytes INTEGER NOT NULL, trimmed_to INTEGER NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, received INTEGER NOT NULL, event_id TEXT NOT NULL, source TEXT NOT NULL, key TEXT, body TEXT NOT NULL)`,
]

export type Writes = ReturnType<typeof prepareWrites>
export type Reads = ReturnType<typeof prepareReads>

export function prepareWrites(writer: Writer) {
  return {
    tables: tables.map((sql) => writer.prepare(sql, 0)),
    topic: writer.prepare('INSERT INTO topic (number, name, incarnation) VALUES (?, ?, ?)', 3),
    log: writer.prepare('INSERT INTO log (number, topic, partition, events, bytes, trimmed_to) VALUES (?, ?, ?, 0, 0, 0)', 3),
    /** log, position, received, id, source, key, body. */
    event: writer.prepare(insertEvents(1), 7, { rows: eventsAtOnce, sql: insertEvents(eventsAtOnce) }),
    /** Tally: log, events, bytes. */
    count: writer.prepare('UPDATE log SET events = events + ?2, bytes = bytes + ?3 WHERE number = ?1', 3),
    /** log, from, to: the events from one position up to, but without, the other. */
    forget: writer.prepare(`DELETE FROM event WHERE id >= ${at('?1', '?2')} AND id < ${at('?1', '?3')}`, 3),
    /** log, position. */
    trimmedTo: writer.prepare('UPDATE log SET trimmed_to = ?2 WHERE number = ?1', 2),
  }
}

/** 1.7 µs an event where one at a time takes 2.6; twice as many gain no more. */
const eventsAtOnce = 8

function insertEvents(count: number): string {
  const row = `(${at('?', '?')}, ?, ?, ?, ?, ?)`
  return `INSERT INTO event (id, received, event_id, source, key, body) VALUES ${Array<string>(count).fill(row).join(', ')}`
}

const range = `id >= ${at('?1', '?2')} AND id < ${at('?1', '?3')}`
const position = `id & ${maxPosition}`

export function prepareReads(reader: Reader) {
  return {
    /** From topic number on: number, name, incarnation. */
    topics: reader.prepare('SELECT number, name, incarnation FROM topic WHERE number > ?1 ORDER BY number'),
    /** From log number on: number, topic, partition, events, bytes, trimmed_to, position and received of the last event. */
    logs: reader.prepare(`
      SELECT log.number, topic, partition, events, bytes, trimmed_to, last.id & ${maxPosition}, last.received
      FROM log LEFT JOIN event AS last ON last.id = (
        SELECT id FROM event WHERE id >= log.number << ${positionBits} AND id < (log.number + 1) << ${positionBits} ORDER BY id DESC LIMIT 1)
      WHERE log.number > ?1 ORDER BY log.number`),
    /** log, from, to: position, received, id, source, key, body. */
    events: reader.prepare(`SELECT ${position}, received, event_id, source, key, body FROM event WHERE ${range} ORDER BY id`),
    /** log, from, to: position and received of the first event there. */
    first: reader.prepare(`SELECT ${position}, received FROM event WHERE ${range} ORDER BY id LIMIT 1`),
    /** log, from, to, most: how many, their bytes, the last one's position. */
    measure: reader.prepare(`
      SELECT count(*), total(bytes), max(position) FROM (
        SELECT octet_length(body) AS bytes, ${position} AS position FROM event WHERE ${range} ORDER BY id LIMIT ?4)`),
  }
}
