import type { Offset } from '../../event.js'
import type { Range } from '../store.js'

/**
 * The finished-ahead set as one short text: for each range the distance from the end of the one before (or the cursor) and
 * its length, in base 36. Ten thousand ranges of neighbours take about 40 KB.
 */
export function encodeAhead(cursor: Offset, ahead: readonly Range[]): string {
  const parts: string[] = []
  let end = cursor
  for (const { first, last } of ahead) {
    parts.push(`${(first - end).toString(36)}.${(last - first).toString(36)}`)
    end = last
  }
  return parts.join(' ')
}

export function decodeAhead(cursor: Offset, text: string): Range[] {
  if (text === '') return []
  let end = cursor
  return text.split(' ').map((part) => {
    const dot = part.indexOf('.')
    const first = end + parseBase36(part.slice(0, dot))
    const last = first + parseBase36(part.slice(dot + 1))
    end = last
    return { first, last }
  })
}

/** Ten digits at a time stay below 2^53. */
function parseBase36(digits: string): bigint {
  if (digits.length <= 10) return BigInt(Number.parseInt(digits, 36))
  return parseBase36(digits.slice(0, -10)) * 36n ** 10n + BigInt(Number.parseInt(digits.slice(-10), 36))
}
