import { outputWidth, tableLines } from './table.js'

/** Data goes to stdout, talk to stderr: the two never mix, so that a pipe gets data alone. */

/** Writes data and resolves when stdout has taken it, so that a slow reader slows us down and memory stays bounded. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()))
  })
}

/**
 * Writes one JSON document. What could act on a terminal is escaped, which in JSON is the same text: documents are looked
 * at as often as they are parsed.
 */
export function printJson(value: unknown): Promise<void> {
  return print(plain(JSON.stringify(value)))
}

/** Says something to the person at the terminal. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

export interface Column<T> {
  readonly title: string
  readonly value: (item: T) => string | number
  /** Gives way where the terminal is too narrow. */
  readonly shrinks?: true
}

/**
 * A list: one JSON document `{"items":[…],"next"?}` for programs, a table for people; `none` is said when there is
 * nothing. `next` is what `--after` takes to go on.
 */
export async function printList<T>(
  items: readonly T[],
  options: { readonly json?: boolean },
  table: { readonly columns: readonly Column<T>[]; readonly none: string; readonly next?: string | undefined },
): Promise<void> {
  if (options.json) return printJson({ items, ...(table.next === undefined ? {} : { next: table.next }) })
  if (items.length === 0) return say(table.none)
  const rows = [
    table.columns.map(({ title }) => title),
    ...items.map((item) => table.columns.map(({ value }) => plain(String(value(item))))),
  ]
  const shrinks = table.columns.map((column) => column.shrinks === true)
  await print(tableLines(rows, { shrinks, width: outputWidth() }).join('\n'))
  if (table.next !== undefined) say(`There are more: --after ${plain(table.next)}`)
}

/** One thing: JSON for programs, `name  value` lines for people. */
export async function printFacts(facts: readonly (readonly [name: string, value: string | number])[]): Promise<void> {
  const width = Math.max(...facts.map(([name]) => name.length))
  await print(facts.map(([name, value]) => `${name.padEnd(width)}  ${plain(String(value))}`).join('\n'))
}

/** Text of others as one harmless line: control characters could rewrite the terminal, bidirectional marks the reading order. */
export function plain(text: string): string {
  return text.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text of several lines, such as the faults of a file, in one line. */
export function inOneLine(text: string): string {
  return plain(text.replace(/\s*\n\s*/g, ' · '))
}

const unprintable = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const codes = { dim: 2, bold: 1, green: 32, yellow: 33, cyan: 36 } as const

/** Colours text, if a person looks at that stream and has not asked for none (https://no-color.org). */
export function paint(text: string, colour: keyof typeof codes, stream: { readonly isTTY?: boolean } = process.stdout): string {
  return stream.isTTY && !process.env.NO_COLOR ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text
}

let closedPipe: () => void = () => process.exit(0)

/** A reader that has seen enough (`| head`) is no failure: leave without a word. */
export function quietOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO') return closedPipe()
      throw error
    })
  }
}

/** A server does not end because nobody reads its words any more. */
export function keepRunningOnClosedPipe(): void {
  closedPipe = () => {}
}
