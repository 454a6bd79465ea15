import assert from 'node:assert/strict'
import { retry, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

export const retryCases: readonly Case<StoreBench>[] = [
  {
    name: 'gives waiting retries back by offset, as numbers order them',
    async run(bench) {
      const offsets = [100n, 9n, 2n ** 62n, 10n, 0n, 99n]
      await bench.commit(...offsets.map((offset) => ({ kind: 'retry', retry: retry({ offset }) }) as const))
      await bench.expectRetries(...[0n, 9n, 10n, 99n, 100n, 2n ** 62n].map((offset) => retry({ offset })))
    },
  },
  {
    name: 'keeps the last state of a retry',
    async run(bench) {
      await bench.commit({ kind: 'retry', retry: retry() })
      const second = retry({ attempts: 2, dueAt: 1_700_000_060_000, reason: 'connect ECONNREFUSED "städt" \n 🏛' })
      await bench.commit({ kind: 'retry', retry: second })
      await bench.expectRetries(second)
    },
  },
  {
    name: 'forgets a retry that is settled, and minds no other',
    async run(bench) {
      await bench.commit({ kind: 'retry', retry: retry({ offset: 1n }) }, { kind: 'retry', retry: retry({ offset: 2n }) })
      await bench.commit({ kind: 'retry_settled', group: 'clinic', topic: 'permits', partition: 0, offset: 1n })
      await bench.expectRetries(retry({ offset: 2n }))
      await bench.commit({ kind: 'retry_settled', group: 'clinic', topic: 'permits', partition: 0, offset: 1n })
      await bench.expectRetries(retry({ offset: 2n }))
    },
  },
  {
    name: 'applies the changes of one commit in their order',
    async run(bench) {
      const settled = { kind: 'retry_settled', group: 'clinic', topic: 'permits', partition: 0, offset: 10n } as const
      await bench.commit({ kind: 'retry', retry: retry() }, settled)
      await bench.expectRetries()
      await bench.commit(settled, { kind: 'retry', retry: retry() })
      await bench.expectRetries(retry())
    },
  },
  {
    name: 'keeps the retries of groups, topics and partitions apart',
    async run(bench) {
      const others = [retry({ group: 'payroll' }), retry({ topic: 'hours' }), retry({ partition: 1 })]
      await bench.commit(...[retry(), ...others].map((one) => ({ kind: 'retry', retry: one }) as const))
      await bench.commit({ kind: 'retry_settled', group: 'clinic', topic: 'permits', partition: 0, offset: 10n })
      await bench.expectRetries()
      for (const other of others) assert.deepEqual(await bench.store.retries(other.group, other.topic, other.partition), [other])
    },
  },
  {
    name: 'gives back every one of 2,000 retries, after a restart too',
    async run(bench) {
      const all = Array.from({ length: 2_000 }, (_, i) => retry({ offset: BigInt(i * 3), attempts: i % 9 }))
      await bench.commit(...all.map((one) => ({ kind: 'retry', retry: one }) as const))
      await bench.expectRetries(...all)
      await bench.reopen()
      await bench.expectRetries(...all)
    },
  },
]
