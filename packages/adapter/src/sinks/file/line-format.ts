import type { Json } from '@hms-sync/client'

/** How values become lines. */
export interface LineFormat {
  readonly extension: string
  /** What a file begins with. */
  readonly head: string
  /** One value as one line, its end included. @throws LineRefused */
  line(value: Json): string
}

/** The value will never be a line as it is. */
export class LineRefused extends Error {}

/** One JSON text a line. JSON escapes line breaks, so that a line is a line. */
export const ndjson: LineFormat = { extension: 'ndjson', head: '', line: (value) => `${JSON.stringify(value)}\n` }

export interface CsvForm {
  readonly columns: readonly string[]
  readonly delimiter: string
  /** Texts that a spreadsheet would run as a formula get a `'` in front. They are then not what the event said. */
  readonly escapeFormulas: boolean
}

/** RFC 4180: a line with the names first, CRLF, quotes where they are needed. Lists and objects are JSON, nothing is an empty field. */
export function csv({ columns, delimiter, escapeFormulas }: CsvForm): LineFormat {
  const special = new RegExp(`["\\r\\n]|^\\s|\\s$|${delimiter === '\t' ? '\\t' : `[${delimiter}]`}`)
  const quoted = (text: string): string => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const field = (value: Json | undefined): string => {
    if (value === undefined || value === null) return ''
    if (typeof value === 'string') {
      // An empty text is not nothing.
      if (value === '') return '""'
      return quoted(escapeFormulas && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value)
    }
    return typeof value === 'object' ? quoted(JSON.stringify(value)) : String(value)
  }
  const row = (fields: readonly (Json | undefined)[]): string => `${fields.map(field).join(delimiter)}\r\n`
  return {
    extension: 'csv',
    head: row(columns),
    line(value) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new LineRefused(
          `map made ${value === null ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}, not an object of columns`,
        )
      const fields = value as Readonly<Record<string, Json>>
      return row(columns.map((column) => (Object.hasOwn(fields, column) ? fields[column] : undefined)))
    },
  }
}
