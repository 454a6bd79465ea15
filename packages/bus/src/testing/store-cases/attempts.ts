import assert from 'node:assert/strict'
import type { AttemptChunk, AttemptQuery, StoredChunk } from '../../store/failures.js'
import { attemptChunk, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

const huge = 2n ** 62n

export const attemptCases: readonly Case<StoreBench>[] = [
  {
    name: 'yields tries the newest first, as they were written',
    async run(bench) {
      const chunks = [
        attemptChunk({ text: JSON.stringify('städt \u0000 🏛'.repeat(20_000)), count: 9 }),
        attemptChunk({ first: huge, last: 2n ** 63n - 1n }),
        attemptChunk({ group: 'payroll', topic: 'hours', partition: 7 }),
      ]
      for (const chunk of chunks) await write(bench, chunk)
      assert.deepEqual(await found(bench, {}), chunks.toReversed())
    },
  },
  {
    name: 'yields tries by group, topic and time',
    async run(bench) {
      await write(
        bench,
        attemptChunk({ text: 'a', at: 1_000 }),
        attemptChunk({ text: 'b', at: 2_000, group: 'payroll' }),
        attemptChunk({ text: 'c', at: 3_000, topic: 'hours' }),
        attemptChunk({ text: 'd', at: 4_000 }),
        attemptChunk({ text: 'e', at: 500, group: 'payroll', topic: 'hours' }),
      )
      assert.deepEqual(await texts(bench, { group: 'clinic' }), ['d', 'c', 'a'])
      assert.deepEqual(await texts(bench, { topic: 'permits' }), ['d', 'b', 'a'])
      assert.deepEqual(await texts(bench, { group: 'clinic', topic: 'hours' }), ['c'])
      assert.deepEqual(await texts(bench, { group: 'nobody' }), [])
      assert.deepEqual(await texts(bench, { since: 2_000 }), ['d', 'c', 'b'])
      assert.deepEqual(await texts(bench, { since: 2_001, group: 'clinic', topic: 'permits' }), ['d'])
      assert.deepEqual(await texts(bench, { since: 4_001 }), [])
    },
  },
  {
    name: 'finds by time what was written behind younger tries',
    async run(bench) {
      for (const [text, at] of [
        ['a', 9_000],
        ['b', 1_000],
        ['c', 5_000],
      ] as const)
        await write(bench, attemptChunk({ text, at }))
      assert.deepEqual(await texts(bench, { since: 5_000 }), ['c', 'a'])
    },
  },
  {
    name: 'yields the tries whose offsets reach around a place',
    async run(bench) {
      await write(
        bench,
        attemptChunk({ text: 'below', first: huge - 9n, last: huge - 1n }),
        attemptChunk({ text: 'to', first: huge - 9n, last: huge }),
        attemptChunk({ text: 'from', first: huge, last: huge + 9n }),
        attemptChunk({ text: 'above', first: huge + 1n, last: huge + 9n }),
        attemptChunk({ text: 'wide', first: 0n, last: huge * 2n - 1n, group: 'payroll', at: 5_000 }),
        attemptChunk({ text: 'partition', first: 0n, last: huge + 9n, partition: 1 }),
        attemptChunk({ text: 'topic', first: 0n, last: huge + 9n, topic: 'hours' }),
      )
      const around = { topic: 'permits', partition: 0, offset: huge }
      assert.deepEqual(await texts(bench, { around }), ['wide', 'from', 'to'])
      assert.deepEqual(await texts(bench, { around, group: 'clinic' }), ['from', 'to'])
      assert.deepEqual(await texts(bench, { around, topic: 'permits', since: 5_001 }), ['from', 'to'])
      assert.deepEqual(await texts(bench, { around, topic: 'hours' }), [])
    },
  },
  {
    name: 'yields every one of 1,400 chunks, of all groups or of one',
    async run(bench) {
      const all = Array.from({ length: 1_400 }, (_, i) => attemptChunk({ text: String(i), group: i % 2 === 0 ? 'clinic' : 'payroll' }))
      await write(bench, ...all)
      const newestFirst = all.toReversed().map(({ text }) => text)
      assert.deepEqual(await texts(bench, {}), newestFirst)
      assert.deepEqual(
        await texts(bench, { group: 'payroll' }),
        newestFirst.filter((text) => Number(text) % 2 === 1),
      )
      assert.deepEqual(await texts(bench, { around: { topic: 'permits', partition: 0, offset: 10n } }), newestFirst)
    },
  },
  {
    name: 'goes on below a chunk that it gave, however many come meanwhile',
    async run(bench) {
      const around = { topic: 'permits', partition: 0, offset: 10n }
      await write(bench, ...Array.from({ length: 20 }, (_, i) => attemptChunk({ text: String(i) })))
      for (const query of [{}, { group: 'clinic' }, { around }]) {
        const seen: string[] = []
        let below: { readonly below?: number } = {}
        // With what comes meanwhile there are at most 40; a store that begins anew would go on for ever.
        for (let page = 0; page < 20; page++) {
          const chunks = await three(bench, { ...query, ...below })
          if (chunks.length === 0) break
          seen.push(...chunks.map(({ text }) => text))
          below = { below: chunks.at(-1)!.number }
          await write(bench, attemptChunk({ text: 'later' }))
        }
        assert.deepEqual(
          seen.filter((text) => text !== 'later'),
          Array.from({ length: 20 }, (_, i) => String(19 - i)),
        )
      }
    },
  },
  {
    name: 'may be left in the middle of the tries',
    async run(bench) {
      await write(bench, ...Array.from({ length: 600 }, (_, i) => attemptChunk({ text: String(i) })))
      for await (const { text } of bench.store.attempts({})) if (text === '590') break
      assert.equal((await texts(bench, {})).length, 600)
    },
  },
  {
    name: 'forgets tries that ended before, and no others',
    async run(bench) {
      assert.equal(await bench.store.oldestAttempt(), null)
      for (let i = 0; i < 10; i++) await write(bench, attemptChunk({ text: String(i), at: i * 1_000 + 500 }))
      assert.deepEqual(await bench.store.oldestAttempt(), { at: 500, chunks: 10 })
      await bench.commit({ kind: 'attempts_trimmed', before: 6_500, keep: 1_000 })
      assert.deepEqual(await bench.store.oldestAttempt(), { at: 6_500, chunks: 4 })
      assert.deepEqual(await texts(bench, {}), ['9', '8', '7', '6'])
      await bench.commit({ kind: 'group_deleted', group: 'clinic' })
      assert.deepEqual(await texts(bench, {}), ['9', '8', '7', '6'])
    },
  },
  {
    name: 'keeps no more chunks than it may, the newest of them',
    async run(bench) {
      for (let i = 0; i < 10; i++) await write(bench, attemptChunk({ text: String(i), at: 5_000 }))
      await bench.commit({ kind: 'attempts_trimmed', before: 0, keep: 3 })
      assert.deepEqual(await texts(bench, {}), ['9', '8', '7'])
      await bench.commit({ kind: 'attempts_trimmed', before: 0, keep: 3 })
      assert.deepEqual(await texts(bench, {}), ['9', '8', '7'])
      await write(bench, attemptChunk({ text: '10', at: 5_000 }))
      await bench.commit({ kind: 'attempts_trimmed', before: 0, keep: 3 })
      assert.deepEqual(await texts(bench, {}), ['10', '9', '8'])
    },
  },
  {
    name: 'forgets tries in steps of at most a thousand, by age and by number, to the end',
    async run(bench) {
      const chunks = Array.from({ length: 4_200 }, (_, i) => attemptChunk({ text: String(i), at: i }))
      await write(bench, ...chunks)
      await bench.trimAttempts({ before: 2_100, keep: 4_100 })
      assert.deepEqual(
        await texts(bench, {}),
        Array.from({ length: 2_100 }, (_, i) => String(4_199 - i)),
      )
      await bench.trimAttempts({ before: 0, keep: 50 })
      assert.deepEqual(
        await texts(bench, {}),
        Array.from({ length: 50 }, (_, i) => String(4_199 - i)),
      )
    },
  },
  {
    name: 'keeps tries over a restart',
    async run(bench) {
      await write(bench, attemptChunk({ text: 'a' }), attemptChunk({ text: 'b' }))
      await bench.reopen()
      assert.deepEqual(await texts(bench, {}), ['b', 'a'])
      await write(bench, attemptChunk({ text: 'c' }))
      assert.deepEqual(await texts(bench, {}), ['c', 'b', 'a'])
    },
  },
]

async function write(bench: StoreBench, ...chunks: readonly AttemptChunk[]): Promise<void> {
  await bench.commit(...chunks.map((chunk) => ({ kind: 'attempts', chunk }) as const))
}

async function found(bench: StoreBench, query: AttemptQuery): Promise<readonly AttemptChunk[]> {
  const chunks: AttemptChunk[] = []
  for await (const { number: _number, ...chunk } of bench.store.attempts(query)) chunks.push(chunk)
  return chunks
}

async function three(bench: StoreBench, query: AttemptQuery): Promise<readonly StoredChunk[]> {
  const chunks: StoredChunk[] = []
  for await (const chunk of bench.store.attempts(query)) if (chunks.push(chunk) === 3) break
  return chunks
}

async function texts(bench: StoreBench, query: AttemptQuery): Promise<readonly string[]> {
  return (await found(bench, query)).map(({ text }) => text)
}
