import type { Reader } from '../../sqlite/reader.js'
import type { Writer } from '../../sqlite/writer.js'
import { prepareFailureQuestions } from './failure-questions.js'
import { failureTables, prepareFailureWrites } from './failure-schema.js'

/** Run at every start: what is there stays. Offsets are 64-bit integers; they leave SQLite as text, for a JavaScript number is too small. */
const tables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS progress (
    row INTEGER PRIMARY KEY, group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    incarnation TEXT NOT NULL, cursor INTEGER NOT NULL, ahead TEXT NOT NULL, UNIQUE (group_name, topic, partition))`,
  `CREATE TABLE IF NOT EXISTS retry (
    group_name TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (group_name, topic, partition, offset)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS projection (
    projection TEXT NOT NULL, topic TEXT NOT NULL, incarnation TEXT NOT NULL, next TEXT NOT NULL, PRIMARY KEY (projection, topic)) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS segment (
    row INTEGER PRIMARY KEY, projection TEXT NOT NULL, topic TEXT NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (projection, topic, number))`,
  'CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, text TEXT NOT NULL)',
  ...failureTables,
]

export type StoreWrites = ReturnType<typeof prepareStoreWrites>
export type StoreReads = ReturnType<typeof prepareStoreReads>

export function prepareStoreWrites(writer: Writer) {
  return {
    tables: tables.map((sql) => writer.prepare(sql, 0)),
    /** group, topic, partition, incarnation, cursor, ahead. */
    progress: writer.prepare(
      `INSERT INTO progress (group_name, topic, partition, incarnation, cursor, ahead) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
       ON CONFLICT (group_name, topic, partition) DO UPDATE SET incarnation = ?4, cursor = ?5, ahead = ?6`,
      6,
    ),
    /** group, topic, partition, offset, attempts, due, reason. */
    retry: writer.prepare(
      'INSERT OR REPLACE INTO retry (group_name, topic, partition, offset, attempts, due_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
      7,
    ),
    retrySettled: writer.prepare('DELETE FROM retry WHERE group_name = ? AND topic = ? AND partition = ? AND offset = ?', 4),
    groupProgress: writer.prepare('DELETE FROM progress WHERE group_name = ?', 1),
    groupRetries: writer.prepare('DELETE FROM retry WHERE group_name = ?', 1),
    groupTopicProgress: writer.prepare('DELETE FROM progress WHERE group_name = ? AND topic = ?', 2),
    groupTopicRetries: writer.prepare('DELETE FROM retry WHERE group_name = ? AND topic = ?', 2),
    /** projection, topic, incarnation, next. */
    projection: writer.prepare('INSERT OR REPLACE INTO projection (projection, topic, incarnation, next) VALUES (?, ?, ?, ?)', 4),
    /** projection, topic, number, bytes. */
    segment: writer.prepare(
      `INSERT INTO segment (projection, topic, number, bytes) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (projection, topic, number) DO UPDATE SET bytes = ?4`,
      4,
    ),
    segmentsDropped: writer.prepare('DELETE FROM segment WHERE projection = ? AND topic = ? AND number < ?', 3),
    document: writer.prepare('INSERT OR REPLACE INTO document (name, text) VALUES (?, ?)', 2),
    failures: prepareFailureWrites(writer),
  }
}

export function prepareStoreReads(reader: Reader) {
  return {
    /** From a row on: row, group, topic, partition, incarnation, cursor, ahead. */
    progress: reader.prepare(`
      SELECT row, group_name, topic, partition, incarnation, CAST(cursor AS TEXT), ahead FROM progress WHERE row > ?1 ORDER BY row`),
    /** group, topic, partition, offset behind which to go on (text): offset, attempts, due, reason. */
    retries: reader.prepare(`
      SELECT CAST(offset AS TEXT), attempts, due_at, reason FROM retry
      WHERE group_name = ?1 AND topic = ?2 AND partition = ?3 AND offset > CAST(?4 AS INTEGER) ORDER BY offset`),
    projection: reader.prepare('SELECT incarnation, next FROM projection WHERE projection = ?1 AND topic = ?2'),
    segments: reader.prepare('SELECT number, bytes FROM segment WHERE projection = ?1 AND topic = ?2 AND number >= ?3 ORDER BY number'),
    document: reader.prepare('SELECT text FROM document WHERE name = ?1'),
    failures: prepareFailureQuestions(reader),
  }
}
