import { SinkBench, type SinkHarness } from './sink-bench.js'
import { applyingCases } from './sink-cases/applying.js'
import { askingCases } from './sink-cases/asking.js'
import { batchCases } from './sink-cases/batches.js'
import { endingCases } from './sink-cases/ending.js'
import { repeatingCases } from './sink-cases/repeating.js'
import { troubleCases } from './sink-cases/troubles.js'
import { type Case, type Runner, registerCases, runCase } from './suite.js'

/** Every promise of the port `Sink`. */
export const sinkCases: readonly Case<SinkBench>[] = [
  ...applyingCases,
  ...batchCases,
  ...repeatingCases,
  ...troubleCases,
  ...endingCases,
  ...askingCases,
]

/** Registers the suite for one sink. `makeHarness` is called for each case. `runner` is vitest's `{ describe, it }`; absent, its globals. */
export function describeSink(name: string, makeHarness: () => SinkHarness, runner?: Runner): void {
  registerCases(`sink: ${name}`, sinkCases, () => SinkBench.open(makeHarness()), runner)
}

/** Runs the case of that name alone. Answers why it was skipped, or null when it held. @throws what it found. */
export async function runSinkCase(name: string, makeHarness: () => SinkHarness): Promise<string | null> {
  const found = sinkCases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`There is no case "${name}".`)
  return runCase(found, () => SinkBench.open(makeHarness()))
}
