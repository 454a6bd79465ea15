import assert from 'node:assert/strict'
import { SyncError } from '@hms-sync/client'
import { progress, retry, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

export const storeRestartCases: readonly Case<StoreBench>[] = [
  {
    name: 'keeps everything over a restart',
    async run(bench) {
      const one = progress({
        ahead: [
          { first: 12n, last: 20n },
          { first: 30n, last: 30n },
        ],
      })
      await bench.commit(
        { kind: 'progress', progress: one },
        { kind: 'retry', retry: retry({ offset: 25n }) },
        { kind: 'document', name: 'd', text: 't' },
      )
      await bench.reopen()
      await bench.expectProgress(one)
      await bench.expectRetries(retry({ offset: 25n }))
      assert.equal(await bench.store.document('d'), 't')
    },
  },
  {
    name: 'has every commit that resolved after an abrupt end',
    skip: (bench) => bench.cannotCrash,
    async run(bench) {
      for (let i = 0; i < 30; i++) {
        await bench.commit({
          kind: 'progress',
          progress: progress({ cursor: BigInt(i), ahead: [{ first: BigInt(i + 5), last: BigInt(i + 9) }] }),
        })
      }
      await bench.commit({ kind: 'retry', retry: retry({ offset: 33n }) })
      await bench.crash()
      await bench.expectProgress(progress({ cursor: 29n, ahead: [{ first: 34n, last: 38n }] }))
      await bench.expectRetries(retry({ offset: 33n }))
    },
  },
  {
    name: 'has after an abrupt end what was committed together, together',
    skip: (bench) => bench.cannotCrash,
    async run(bench) {
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          bench.commit(
            { kind: 'progress', progress: progress({ cursor: BigInt(i) }) },
            { kind: 'retry', retry: retry({ offset: 0n, attempts: i }) },
            { kind: 'document', name: 'd', text: String(i) },
          ),
        ),
      )
      await bench.crash()
      await bench.expectProgress(progress({ cursor: 49n }))
      await bench.expectRetries(retry({ offset: 0n, attempts: 49 }))
      assert.equal(await bench.store.document('d'), '49')
    },
  },
  {
    name: 'may be closed twice',
    async run(bench) {
      await bench.commit({ kind: 'progress', progress: progress() })
      await bench.store.close()
      await bench.store.close()
      await bench.reopen()
      await bench.expectProgress(progress())
    },
  },
  {
    name: 'refuses to commit after it was closed',
    async run(bench) {
      await bench.store.close()
      await assert.rejects(bench.store.commit([{ kind: 'document', name: 'd', text: 't' }]), SyncError)
    },
  },
]
