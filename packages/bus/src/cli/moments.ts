import { parseDuration } from '@hms-sync/client'
import { InvalidArgumentError } from 'commander'

/** A moment: a span back from now, or an ISO time. Commander's answer to what is none is exit code 2. */
export function moment(text: string): string {
  return checked(text, [], 'It must be a span (10m, 2h, 7d) or an ISO time (2026-04-23T15:02:11Z).')
}

/** A place in a topic: a moment, `all`, or `now`. */
export function placeInTime(text: string): string {
  return checked(text, ['all', 'now'], 'It must be a span (10m, 2h, 7d), an ISO time (2026-04-23T15:02:11Z), all, or now.')
}

function checked(text: string, words: readonly string[], forms: string): string {
  if (words.includes(text) || isTime(text) || isSpan(text)) return text
  throw new InvalidArgumentError(forms)
}

/** As the bus reads it. */
function isTime(text: string): boolean {
  return /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text))
}

function isSpan(text: string): boolean {
  try {
    parseDuration(text)
    return true
  } catch {
    return false
  }
}
