export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
  readonly samples: readonly number[]
}

/** Medians, because on a shared machine single rounds move by a factor of two. */
export function summarise(samples: readonly number[]): Summary {
  return { median: quantile(samples, 0.5), least: Math.min(...samples), most: Math.max(...samples), samples }
}

/** Linear between neighbours. @param q 0 to 1. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) return Number.NaN
  const sorted = Float64Array.from(samples).sort()
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}
