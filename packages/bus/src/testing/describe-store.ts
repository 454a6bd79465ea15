import { StoreBench, type StoreHarness } from './store-bench.js'
import { attemptCases } from './store-cases/attempts.js'
import { deadLetterCases } from './store-cases/dead-letters.js'
import { parkedCases } from './store-cases/parked.js'
import { progressCases } from './store-cases/progress.js'
import { projectionCases } from './store-cases/projections.js'
import { storeRestartCases } from './store-cases/restart.js'
import { retryCases } from './store-cases/retries.js'
import { type Case, type Runner, registerCases, runCase } from './suite.js'

/** Every promise of the store port. */
export const storeCases: readonly Case<StoreBench>[] = [
  ...progressCases,
  ...retryCases,
  ...deadLetterCases,
  ...parkedCases,
  ...attemptCases,
  ...projectionCases,
  ...storeRestartCases,
]

/** Registers the suite for one store. `makeHarness` is called for each case. `runner` is vitest's `{ describe, it }`; absent, its globals. */
export function describeStore(name: string, makeHarness: () => StoreHarness, runner?: Runner): void {
  registerCases(`store: ${name}`, storeCases, () => StoreBench.open(makeHarness()), runner)
}

/** Runs the case of that name alone. Answers why it was skipped, or null when it held. @throws what it found. */
export async function runStoreCase(name: string, makeHarness: () => StoreHarness): Promise<string | null> {
  const found = storeCases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no case "${name}".`)
  return runCase(found, () => StoreBench.open(makeHarness()))
}
