import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'

/**
 * Lists at the end of a run what was skipped and why. A skip without a reason fails the run: give it one with
 * `skip('…')` from the test's context, or use `describeWith`. Where `HMS_SYNC_TEST_SUMMARY` names a file, the counts go there.
 */
export default class SkipReporter implements Reporter {
  /** With `-t` everything else is skipped, which needs no reason. */
  #filtered = false

  onInit(vitest: Vitest): void {
    this.#filtered = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({ test, path: relative(process.cwd(), module.moduleId) })),
    )
    const skipped = this.#filtered ? [] : tests.filter(({ test }) => test.result().state === 'skipped')
    let unexplained = 0
    for (const { test, path } of skipped) {
      const result = test.result()
      const note = result.state === 'skipped' ? result.note : undefined
      if (note === undefined) unexplained++
      process.stdout.write(`skipped: ${path} > ${test.fullName}: ${note ?? 'NO REASON GIVEN'}\n`)
    }
    if (unexplained > 0) process.exitCode = 1
    const count = (state: string): number => tests.filter(({ test }) => test.result().state === state).length
    const brokenModules = modules.filter((module) => module.errors().length > 0).length
    const summary = {
      passed: count('passed'),
      failed: count('failed') + brokenModules + unhandled.length + unexplained,
      skipped: skipped.length,
    }
    if (process.env.HMS_SYNC_TEST_SUMMARY) writeFileSync(process.env.HMS_SYNC_TEST_SUMMARY, JSON.stringify(summary))
  }
}
