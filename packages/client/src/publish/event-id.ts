const poolBytes = 4_096
const pool = new Uint8Array(poolBytes)
let used = poolBytes
let lastMs = 0
let counter = 0

const hex: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * A UUIDv7 (RFC 9562): time first, so that the bus's index over ids grows at its end. Ids of one process rise strictly:
 * within a millisecond the 12 bits behind the version count up from a random start.
 */
export function newEventId(): string {
  const random = take(10)
  const nowMs = Date.now()
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = ((pool[random]! << 8) | pool[random + 1]!) & 0x7ff
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  const high = Math.floor(lastMs / 0x1_0000_0000)
  const low = lastMs >>> 0
  let id = hex[(high >>> 8) & 0xff]! + hex[high & 0xff]! + hex[low >>> 24]! + hex[(low >>> 16) & 0xff]!
  id += `-${hex[(low >>> 8) & 0xff]!}${hex[low & 0xff]!}-${hex[0x70 | (counter >>> 8)]!}${hex[counter & 0xff]!}`
  id += `-${hex[0x80 | (pool[random + 2]! & 0x3f)]!}${hex[pool[random + 3]!]!}-`
  for (let i = 4; i < 10; i++) id += hex[pool[random + i]!]!
  return id
}

function take(bytes: number): number {
  if (used + bytes > poolBytes) {
    globalThis.crypto.getRandomValues(pool)
    used = 0
  }
  used += bytes
  return used - bytes
}
