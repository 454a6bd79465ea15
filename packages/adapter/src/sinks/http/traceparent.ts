import { randomFillSync } from 'node:crypto'

const idBytes = 8
/** Random bytes are drawn for so many ids at once: drawing them one by one costs a system call each. */
const pool = Buffer.alloc(1_024 * idBytes)
let next = pool.length

/**
 * The trace of an event, carried on to the system that gets it: the same trace and flags, and a parent id that is this
 * request's alone (W3C Trace Context §3.2). Null when the text is no `traceparent`.
 */
export function onwardTraceparent(traceparent: string): string | null {
  const match = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:$|-)/.exec(traceparent)
  return match === null ? null : `00-${match[1]}-${freshId()}-${match[2]}`
}

function freshId(): string {
  if (next === pool.length) {
    randomFillSync(pool)
    next = 0
  }
  next += idBytes
  return pool.toString('hex', next - idBytes, next)
}
