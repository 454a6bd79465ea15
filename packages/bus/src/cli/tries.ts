import type { AttemptInfo } from '@hms-sync/client'
import { plain } from './output.js'
import { cut, outputWidth } from './table.js'
import { localClock, localDay, took } from './times.js'

/** An answer can be long; here is enough of it to know it again. `--json` has what the bus kept. */
const maxAnswer = 300

/** What was asked and what came back, in one line. */
export function whatHappened({ request, status, reason, outcome }: AttemptInfo): string {
  if (outcome === 'filtered') return reason ?? 'left out by its own filter'
  if (reason !== null) return reason
  return [request, status].filter((part) => part !== null).join(' → ') || '-'
}

/** One try in one or two lines, for those who look at a single event: `15:02:11.120  try 1  refused  12 ms  …`. */
export function tryLines(attempt: AttemptInfo, name = ''): readonly string[] {
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
  return [head, ...[...asked, ...answered].map((line) => `${indent}${line}`)].map((line) => plainLine(line))
}

/** Puts a line with the date before the first of each day. */
export function withDays<T>(items: readonly T[], timeOf: (item: T) => string, linesOf: (item: T) => readonly string[]): readonly string[] {
  let day = ''
  return items.flatMap((item) => {
    const own = localDay(timeOf(item))
    const heading = own === day ? [] : [own]
    day = own
    return [...heading, ...linesOf(item)]
  })
}

const indent = ' '.repeat(14)

function plainLine(line: string): string {
  return cut(plain(line), Math.max(60, outputWidth()))
}
