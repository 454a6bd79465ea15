/** A delivery may wait behind others of the same size before its own try: map, connect, answer, and room to settle. */
const leasePerTimeout = 3
const leaseSlackMs = 5_000
const leastLeaseMs = 30_000

/** The time that the bus must leave a delivery with a host of this sink before it takes it back. */
export function leaseMs(sink: { readonly timeoutMs: number }): number {
  return Math.max(leastLeaseMs, leasePerTimeout * sink.timeoutMs + leaseSlackMs)
}
