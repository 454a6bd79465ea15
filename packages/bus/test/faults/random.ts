/** Numbers between 0 and 1 that come again for the same seed. */
export type Random = () => number

/** A seed of its own for each run, or the one in `HMS_SYNC_SEED`; printed, so that a failure can be made to come again. */
export function seeded(what: string): Random {
  const seed = Number(process.env.HMS_SYNC_SEED ?? Math.floor(Math.random() * 1e9))
  console.info(`${what}: HMS_SYNC_SEED=${seed}`)
  return mulberry32(seed)
}

/** A whole number from `least` to `most`. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1))
}

function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
