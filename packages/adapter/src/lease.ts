/** A delivery may wait behind others of the same size before its own try: map, connect, answer, and room to settle. */
const leasePerTimeout = 3
const leaseSlackMs = 5_000
const leastLeaseMs = 30_000

/** The time that the bus must leave a delivery with a host of these sinks, which get it one after another, before it takes it back. */
export function leaseMs(sinks: readonly { readonly timeoutMs: number }[]): number {
  const timeoutMs = sinks.reduce((sum, sink) => sum + sink.timeoutMs, 0)
  return Math.max(leastLeaseMs, leasePerTimeout * timeoutMs + leaseSlackMs)
}
