import { randomFillSync } from 'node:crypto'

const random = new Uint8Array(4_096)
let used = random.length
let lastMs = 0
let counter = 0

/**
 * A UUIDv7 (RFC 9562): ordered by time, so that ids lie together in an index; within a millisecond by a counter of 12
 * bits, which borrows from the next millisecond when it runs over.
 */
export function newEventId(): string {
  const ms = Date.now()
  if (ms > lastMs) {
    lastMs = ms
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  if (used + 8 > random.length) {
    randomFillSync(random)
    used = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const prefix = `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}`
  const high = 0x8000 | (((random[used]! << 8) | random[used + 1]!) & 0x3fff)
  const middle = (random[used + 2]! << 16) | (random[used + 3]! << 8) | random[used + 4]!
  const low = (random[used + 5]! << 16) | (random[used + 6]! << 8) | random[used + 7]!
  used += 8
  return `${prefix}-${hex(high, 4)}-${hex(middle, 6)}${hex(low, 6)}`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
