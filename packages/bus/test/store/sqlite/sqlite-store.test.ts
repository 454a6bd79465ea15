import { describe, it } from 'vitest'
import { describeStore } from '#dist/testing/describe-store.js'
import type { StoreHarness } from '#dist/testing/store-bench.js'
import { FolderHarness } from '../../engines/embedded/harness.js'

describeStore('sqlite', sqliteHarness, { describe, it })

function sqliteHarness(): StoreHarness {
  const folder = new FolderHarness()
  return {
    open: async () => (await folder.open()).store,
    reopen: async () => (await folder.reopen()).store,
    crash: async () => (await folder.crash()).store,
    dispose: () => folder.dispose(),
  }
}
