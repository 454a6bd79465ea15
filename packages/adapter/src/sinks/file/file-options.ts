import type { Collected } from '../../faults.js'
import { OptionReader, type Options } from '../option-reader.js'
import { nameFault } from './file-name.js'
import { csv, type LineFormat, ndjson } from './line-format.js'

/** Which files, and what goes into a line. */
export interface FileOptions {
  /** It must be there. Relative to the project folder; or `env:NAME` that holds a path. */
  readonly folder: string
  readonly format: 'ndjson' | 'csv'
  /** CSV only: the fields of the value, in the order of the columns. A field that is missing is empty, others are left out. */
  readonly columns?: readonly string[]
  /** Of the files, without its ending: letters and digits, `{adapter}`, `{date}`, `{time}`, `{number}`. Default `{adapter}-{date}-{time}-{number}`. */
  readonly name?: string
  /** When a file is whole: whatever comes first. */
  readonly rotate?: {
    /** After its first event. Default `1h`, at least `1m`. */
    readonly every?: string
    /** Default 128 MiB. */
    readonly maxBytes?: number
    readonly maxEvents?: number
  }
  /** CSV only. Default `,`. */
  readonly delimiter?: ',' | ';' | '\t'
  /** CSV only: put a `'` in front of texts that a spreadsheet would run as a formula. Default false: a warehouse wants what was said. */
  readonly escapeFormulas?: boolean
  /** Default 10,000; 100 to 120,000. */
  readonly timeoutMs?: number
}

export interface FileSettings {
  readonly folder: string
  readonly format: LineFormat
  readonly name: string
  readonly everyMs: number
  readonly maxBytes: number
  readonly maxEvents: number
  readonly timeoutMs: number
}

const keys = ['folder', 'format', 'columns', 'name', 'rotate', 'delimiter', 'escapeFormulas', 'timeoutMs']
const defaultName = '{adapter}-{date}-{time}-{number}'
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const mebibyte = 1024 * 1024

/** Faults go to `collected`; undefined when there is one. */
export function readFileOptions(options: Options, pointer: string, collected: Collected): FileSettings | undefined {
  const before = collected.faults.length
  const read = new OptionReader(options, pointer, collected)
  read.expectKeys(keys)
  const folder = read.path('folder', "the folder that the files go to, such as folder: 'exports'")
  const format = readFormat(read)
  const name = read.optionalText('name', `a name, such as name: '${defaultName}'`) ?? defaultName
  const fault = nameFault(name)
  if (fault !== null) read.fault('name', fault)
  const rotate = new OptionReader(readRotate(read), read.at('rotate'), collected)
  rotate.expectKeys(['every', 'maxBytes', 'maxEvents'])
  const settings = {
    folder,
    format,
    name,
    everyMs: rotate.duration('every', minuteMs, hourMs),
    maxBytes: rotate.whole('maxBytes', [1, Number.MAX_SAFE_INTEGER, 128 * mebibyte]),
    maxEvents: rotate.whole('maxEvents', [1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
    timeoutMs: read.whole('timeoutMs', [100, 120_000, 10_000]),
  }
  return collected.faults.length > before ? undefined : settings
}

function readFormat(read: OptionReader): LineFormat {
  const format = read.get('format')
  if (format === 'ndjson') {
    for (const key of ['columns', 'delimiter', 'escapeFormulas'])
      if (read.get(key) !== undefined) read.fault(key, 'only format: csv has this; leave it out, and let map choose the fields')
    return ndjson
  }
  if (format !== 'csv') {
    read.fault('format', 'write ndjson or csv')
    return ndjson
  }
  const columns = read.names('columns', "the columns, such as columns: ['permitId', 'status']")
  const delimiter = read.get('delimiter') ?? ','
  if (delimiter !== ',' && delimiter !== ';' && delimiter !== '\t') read.fault('delimiter', 'write "," or ";" or a tab')
  const escapeFormulas = read.get('escapeFormulas') ?? false
  if (typeof escapeFormulas !== 'boolean') read.fault('escapeFormulas', 'write true or false')
  return csv({ columns, delimiter: delimiter as ',', escapeFormulas: escapeFormulas === true })
}

function readRotate(read: OptionReader): Options {
  const rotate = read.get('rotate') ?? {}
  if (typeof rotate === 'object' && rotate !== null && !Array.isArray(rotate)) return rotate as Options
  read.fault('rotate', "write when a file is whole, such as rotate: { every: '1h', maxBytes: 100000000 }")
  return {}
}
