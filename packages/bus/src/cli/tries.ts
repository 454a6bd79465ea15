import type { AttemptInfo } from '@hms-sync/client'
import { plain } from './output.js'
import { cut, outputWidth } from './table.js'
import { localClock, localDay, took } from './times.js'

/** An answer can be long; here is enough of it to know it again. `--json` has what the bus kept. */
const maxAnswer = 300

/** What was asked and what came back, in one line. */
export function whatHappened(attempt: AttemptInfo): string {
  return attempt.again === 'replay' ? `replay: ${whatCame(attempt)}` : whatCame(attempt)
}

function whatCame({ request, status, reason, outcome }: AttemptInfo): string {
  if (outcome === 'filtered') return reason ?? 'left out by its own filter'
  if (reason !== null) return shortReason(reason)
  return [request, status].filter((part) => part !== null).join(' → ') || '-'
}

/** A reason where the request stands beside it, or there is little room: from what came of it on. */
export function shortReason(reason: string): string {
  return reason.replace(/^[A-Z]{3,7} \S+?(?: answered |: )/, '')
}

/** One try in one or two lines, for those who look at a single event: `15:02:11.120  try 1  refused  12 ms  …`. */
function tryLines(attempt: AttemptInfo, name = ''): readonly string[] {
  const head = [
    localClock(attempt.at),
    ...(name === '' ? [] : [name]),
    `try ${attempt.attempt}`.padEnd(6),
    attempt.outcome.padEnd(8),
    took(attempt.durationMs).padStart(6),
    whatHappened(attempt),
  ].join('  ')
  const asked = attempt.reason === null || attempt.request === null ? [] : [attempt.request]
  const answered = attempt.answer === null || attempt.answer === '' ? [] : [`answer: ${cut(attempt.answer, maxAnswer)}`]
  const captured = Object.entries(attempt.captured ?? {}).map(([name, value]) => `${name}: ${value}`)
  const kept = captured.length === 0 ? [] : [`captured: ${captured.join(', ')}`]
  return [head, ...[...asked, ...answered, ...kept].map((line) => `${indent}${line}`)].map((line) => plainLine(line))
}

export interface TryEntry {
  readonly at: string
  readonly lines: readonly string[]
}

/** Tries in the order they ended. Those of an outage differ in nothing but their time: of such a row the first is told. */
export function tryEntries(tries: readonly AttemptInfo[], name = ''): readonly TryEntry[] {
  const rows: AttemptInfo[][] = []
  for (const one of tries) {
    const row = rows.at(-1)
    if (row !== undefined && alike(row[0]!, one)) row.push(one)
    else rows.push([one])
  }
  return rows.map((row) => ({ at: row[0]!.at, lines: [...tryLines(row[0]!, name), ...moreLine(row)] }))
}

/** The lines, with one that holds the date before the first of each day. */
export function withDays(entries: readonly TryEntry[]): readonly string[] {
  let day = ''
  return entries.flatMap(({ at, lines }) => {
    const own = localDay(at)
    const heading = own === day ? [] : [own]
    day = own
    return [...heading, ...lines]
  })
}

const indent = ' '.repeat(14)

function plainLine(line: string): string {
  return cut(plain(line), Math.max(60, outputWidth()))
}

function alike(one: AttemptInfo, other: AttemptInfo): boolean {
  return (
    one.outcome !== 'done' &&
    one.outcome === other.outcome &&
    one.reason === other.reason &&
    one.attempt === other.attempt &&
    one.again === other.again
  )
}

function moreLine(row: readonly AttemptInfo[]): readonly string[] {
  return row.length === 1 ? [] : [`${indent}and ${row.length - 1} more like it, the last at ${localClock(row.at(-1)!.at)}`]
}
