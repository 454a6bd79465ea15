/** Upper bounds in seconds: from a system beside the bus to one that takes as long as it may. */
const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const

/** How long tries took. Plain numbers; text is made when somebody asks. */
export class DurationHistogram {
  readonly bounds: readonly number[] = durationBounds
  /** Counts by bound, the last one for what is above them all. Not cumulative. */
  readonly counts = new Float64Array(durationBounds.length + 1)
  sumSeconds = 0

  add(ms: number): void {
    const seconds = ms / 1_000
    this.sumSeconds += seconds
    let bucket = 0
    while (bucket < durationBounds.length && seconds > durationBounds[bucket]!) bucket++
    this.counts[bucket]! += 1
  }
}
