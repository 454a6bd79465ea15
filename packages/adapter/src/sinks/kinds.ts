import { type Collected, unknownKey } from '../faults.js'
import type { Sink } from '../sink.js'
import { readEmailOptions } from './email/email-options.js'
import { EmailSink } from './email/email-sink.js'
import { readFileOptions } from './file/file-options.js'
import { FileSink } from './file/file-sink.js'
import { checkHttpKeys, readHttpOptions } from './http/read-options.js'
import { HttpSink } from './http.js'
import { sqliteSink } from './sqlite/sqlite.js'
import { readSqliteOptions } from './sqlite/sqlite-options.js'

/** Reads a sink's options. Every fault goes to `collected` at its place; undefined when there is one. Connects to nothing. */
export type SinkReader = (options: Readonly<Record<string, unknown>>, pointer: string, collected: Collected) => Sink | undefined

/** The sinks that can be written as data, by the key under `to:`. */
export const sinkKinds: Readonly<Record<string, SinkReader>> = {
  http(options, pointer, collected) {
    const before = collected.faults.length
    checkHttpKeys(options, pointer, collected)
    const settings = readHttpOptions(options, pointer, collected)
    return settings === undefined || collected.faults.length > before ? undefined : new HttpSink(settings)
  },
  sqlite(options, pointer, collected) {
    const settings = readSqliteOptions(options, pointer, collected)
    return settings === undefined ? undefined : sqliteSink(settings)
  },
  file(options, pointer, collected) {
    const settings = readFileOptions(options, pointer, collected)
    return settings === undefined ? undefined : new FileSink(settings)
  },
  email(options, pointer, collected) {
    const settings = readEmailOptions(options, pointer, collected)
    return settings === undefined ? undefined : new EmailSink(settings)
  },
}

/** A sink written as data: `to: { sqlite: { file: …, table: … } }`, an object of one key. */
export function readSink(to: unknown, pointer: string, collected: Collected): Sink | undefined {
  const known = Object.keys(sinkKinds)
  const entries = isRecord(to) ? Object.entries(to) : []
  const [entry] = entries
  if (entry === undefined || entries.length > 1) {
    collected.add(pointer, `write one of ${known.join(', ')} with its options, such as to: { http: { url: 'https://…' } }`)
    return undefined
  }
  const [kind, options] = entry
  const place = `${pointer}/${kind.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const reader = Object.hasOwn(sinkKinds, kind) ? sinkKinds[kind] : undefined
  if (reader === undefined) collected.add(place, unknownKey(kind, known))
  else if (!isRecord(options)) collected.add(place, `write the options of ${kind}, such as { url: 'https://…' }`)
  else return reader(options, place, collected)
  return undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
