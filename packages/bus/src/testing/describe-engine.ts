import { EngineBench, type EngineHarness } from './engine-bench.js'
import { appendCases } from './engine-cases/append.js'
import { placeCases } from './engine-cases/place.js'
import { readCases } from './engine-cases/read.js'
import { restartCases } from './engine-cases/restart.js'
import { topicCases } from './engine-cases/topics.js'
import { trimCases } from './engine-cases/trim.js'
import { type Case, type Runner, registerCases, runCase } from './suite.js'

/** Every promise of the engine port. What an engine cannot do, by its `can`, is skipped with the reason. */
export const engineCases: readonly Case<EngineBench>[] = [
  ...appendCases,
  ...readCases,
  ...topicCases,
  ...placeCases,
  ...trimCases,
  ...restartCases,
]

/** Registers the suite for one engine. `makeHarness` is called for each case. `runner` is vitest's `{ describe, it }`; absent, its globals. */
export function describeEngine(name: string, makeHarness: () => EngineHarness, runner?: Runner): void {
  registerCases(`engine: ${name}`, engineCases, () => EngineBench.open(makeHarness()), runner)
}

/** Runs the case of that name alone. Answers why it was skipped, or null when it held. @throws what it found. */
export async function runEngineCase(name: string, makeHarness: () => EngineHarness): Promise<string | null> {
  const found = engineCases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no case "${name}".`)
  return runCase(found, () => EngineBench.open(makeHarness()))
}
