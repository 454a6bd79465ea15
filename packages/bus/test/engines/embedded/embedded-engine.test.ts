import { describe, it } from 'vitest'
import { describeEngine } from '#dist/testing/describe-engine.js'
import type { EngineHarness } from '#dist/testing/engine-bench.js'
import { FolderHarness } from './harness.js'

describeEngine('embedded', embeddedHarness, { describe, it })

function embeddedHarness(): EngineHarness {
  const folder = new FolderHarness()
  return {
    open: async () => (await folder.open()).engine,
    reopen: async () => (await folder.reopen()).engine,
    crash: async () => (await folder.crash()).engine,
    dispose: () => folder.dispose(),
  }
}
