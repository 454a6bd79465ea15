import assert from 'node:assert/strict'
import type { DeadLetter, DeadLetterQuery } from '../../store/failures.js'
import { deadLetter, type StoreBench } from '../store-bench.js'
import type { Case } from '../suite.js'

const huge = 2n ** 62n

export const deadLetterCases: readonly Case<StoreBench>[] = [
  {
    name: 'gives a dead letter back as it was committed, by its number and by its event',
    async run(bench) {
      const one = deadLetter({ wire: JSON.stringify({ payload: 'städt \u0000 🏛'.repeat(5_000) }), reason: 'HTTP 422 "nein" \n 🏛' })
      const other = deadLetter({ number: 2, key: null, offset: 2n ** 63n - 1n, edited: true, errorClass: null, attempts: 0 })
      await write(bench, one, other)
      assert.deepEqual(await bench.store.deadLetters({}, 10), [other, one])
      assert.deepEqual(await bench.store.deadLetterOf('clinic', one), one)
      assert.deepEqual(await bench.store.deadLetterOf('clinic', other), other)
    },
  },
  {
    name: 'knows the dead letter of an event for one group, topic, partition and offset alone',
    async run(bench) {
      await write(bench, deadLetter({ offset: huge + 1n }))
      const { store } = bench
      assert.equal(await store.deadLetterOf('payroll', deadLetter({ offset: huge + 1n })), null)
      for (const place of [{ topic: 'hours' }, { partition: 1 }, { offset: huge }, { offset: huge + 2n }])
        assert.equal(await store.deadLetterOf('clinic', deadLetter({ offset: huge + 1n, ...place })), null)
      assert.notEqual(await store.deadLetterOf('clinic', deadLetter({ offset: huge + 1n })), null)
    },
  },
  {
    name: 'replaces the dead letter of a number, and only that',
    async run(bench) {
      await write(bench, deadLetter(), deadLetter({ number: 2, offset: 11n }))
      const edited = deadLetter({ wire: '{"edited":1}', edited: true, attempts: 9, at: 1_700_000_999_000, errorClass: 'mapping' })
      await write(bench, edited)
      assert.deepEqual(await bench.store.deadLetters({}, 10), [deadLetter({ number: 2, offset: 11n }), edited])
    },
  },
  {
    name: 'knows the highest number ever given, after a restart and after the letter is forgotten',
    async run(bench) {
      assert.equal(await bench.store.lastDeadLetter(), 0)
      await write(bench, deadLetter({ number: 41 }), deadLetter({ number: 42, offset: 11n, state: 'done', at: 1_000 }))
      assert.equal(await bench.store.lastDeadLetter(), 42)
      await bench.commit({ kind: 'dead_letters_trimmed', before: 2_000 })
      assert.deepEqual(numbers(await bench.store.deadLetters({}, 10)), [41])
      assert.equal(await bench.store.lastDeadLetter(), 42)
      await bench.reopen()
      assert.equal(await bench.store.lastDeadLetter(), 42)
      await bench.commit({ kind: 'group_deleted', group: 'clinic' })
      assert.deepEqual(await bench.store.deadLetters({}, 10), [])
      assert.equal(await bench.store.lastDeadLetter(), 42)
    },
  },
  {
    name: 'lists dead letters by each filter, and counts what it lists',
    async run(bench) {
      await write(
        bench,
        deadLetter({ number: 1, at: 1_000 }),
        deadLetter({ number: 2, offset: 11n, group: 'payroll', at: 2_000, errorClass: 'mapping' }),
        deadLetter({ number: 3, offset: 12n, topic: 'hours', at: 3_000, state: 'skipped' }),
        deadLetter({ number: 4, offset: 13n, at: 4_000, state: 'redriving', errorClass: null }),
        deadLetter({ number: 5, offset: 14n, group: 'payroll', topic: 'hours', at: 5_000, state: 'open' }),
      )
      const expected: readonly (readonly [DeadLetterQuery, readonly number[]])[] = [
        [{}, [5, 4, 3, 2, 1]],
        [{ group: 'payroll' }, [5, 2]],
        [{ topic: 'hours' }, [5, 3]],
        [{ errorClass: 'mapping' }, [2]],
        [{ state: 'open' }, [5, 2, 1]],
        [{ group: 'clinic', state: 'skipped' }, [3]],
        [{ group: 'clinic', topic: 'hours', state: 'open' }, []],
        [{ since: 3_000 }, [5, 4, 3]],
        [{ until: 3_000 }, [2, 1]],
        [{ since: 2_000, until: 5_000, state: 'open' }, [2]],
        [{ numbers: [1, 4, 99] }, [4, 1]],
        [{ numbers: [1, 2, 4], group: 'clinic', state: 'open' }, [1]],
        [{ numbers: [] }, []],
      ]
      for (const [query, found] of expected) {
        assert.deepEqual(numbers(await bench.store.deadLetters(query, 100)), found, JSON.stringify(query))
        assert.deepEqual(numbers(await bench.store.oldestDeadLetters(query, 100)), found.toReversed(), JSON.stringify(query))
        assert.equal(await bench.store.countDeadLetters(query), found.length, JSON.stringify(query))
      }
    },
  },
  {
    name: 'finds dead letters by a filter however far their numbers lie apart',
    async run(bench) {
      const far = [1, 9_999, 10_000, 10_001, 10_002, 25_000, 1_000_000]
      await write(
        bench,
        ...far.map((number) => deadLetter({ number, offset: BigInt(number), at: number, topic: number % 2 === 0 ? 'permits' : 'hours' })),
      )
      const even = [10_000, 10_002, 25_000, 1_000_000]
      for (const query of [{ topic: 'permits' }, { topic: 'permits', group: 'clinic' }, { topic: 'permits', state: 'open' }] as const) {
        assert.deepEqual(numbers(await bench.store.deadLetters(query, 10)), even.toReversed())
        assert.deepEqual(numbers(await bench.store.deadLetters(query, 2)), [1_000_000, 25_000])
        assert.deepEqual(numbers(await bench.store.deadLetters(query, 2, 25_000)), [10_002, 10_000])
        assert.deepEqual(numbers(await bench.store.oldestDeadLetters(query, 10)), even)
        assert.deepEqual(numbers(await bench.store.oldestDeadLetters(query, 2)), [10_000, 10_002])
        assert.equal(await bench.store.countDeadLetters(query), 4)
      }
      assert.deepEqual(numbers(await bench.store.deadLetters({ since: 10_000, until: 25_001 }, 10)), [25_000, 10_002, 10_001, 10_000])
      assert.equal(await bench.store.countDeadLetters({ topic: 'none' }), 0)
    },
  },
  {
    name: 'pages through 1,500 dead letters, newest first, without losing or doubling one',
    async run(bench) {
      const all = Array.from({ length: 1_500 }, (_, i) =>
        deadLetter({ number: i + 1, offset: BigInt(i), state: i % 3 === 0 ? 'done' : 'open', group: i % 2 === 0 ? 'clinic' : 'payroll' }),
      )
      await write(bench, ...all)
      assert.deepEqual(numbers(await bench.store.deadLetters({}, 2_000)), numbers(all.toReversed()))
      assert.deepEqual(numbers(await bench.store.oldestDeadLetters({}, 2_000)), numbers(all))
      assert.deepEqual(numbers(await bench.store.oldestDeadLetters({ state: 'open' }, 3)), [2, 3, 5])
      for (const query of [{}, { state: 'open' }, { group: 'clinic' }, { group: 'payroll', state: 'done' }] as const) {
        const wanted = all.filter(
          ({ group, state }) =>
            group === (('group' in query && query.group) || group) && state === (('state' in query && query.state) || state),
        )
        const found: number[] = []
        for (let below: number | undefined; ; below = found.at(-1)) {
          const page = await bench.store.deadLetters(query, 97, below)
          assert(page.length <= 97)
          assert(found.length <= wanted.length, 'more letters come than there are')
          if (page.length === 0) break
          found.push(...numbers(page))
        }
        assert.deepEqual(found, numbers(wanted.toReversed()))
      }
    },
  },
  {
    name: 'changes the state of one dead letter and nothing else of it',
    async run(bench) {
      await write(bench, deadLetter(), deadLetter({ number: 2, offset: 11n }))
      await bench.commit({ kind: 'dead_letter_state', number: 2, state: 'redriving' })
      await bench.commit({ kind: 'dead_letter_state', number: 77, state: 'done' })
      assert.deepEqual(await bench.store.deadLetters({}, 10), [deadLetter({ number: 2, offset: 11n, state: 'redriving' }), deadLetter()])
    },
  },
  {
    name: 'supersedes open and redriving letters of the key below the offset, and touches no other',
    async run(bench) {
      const letters = [
        deadLetter({ number: 1, offset: huge - 2n }),
        deadLetter({ number: 2, offset: huge - 1n, state: 'redriving' }),
        deadLetter({ number: 3, offset: huge }),
        deadLetter({ number: 4, offset: huge + 1n }),
        deadLetter({ number: 5, offset: 1n, state: 'done' }),
        deadLetter({ number: 6, offset: 2n, state: 'skipped' }),
        deadLetter({ number: 7, offset: 3n, key: 'K-2' }),
        deadLetter({ number: 8, offset: 4n, key: null }),
        deadLetter({ number: 9, offset: 5n, group: 'payroll' }),
        deadLetter({ number: 10, offset: 6n, topic: 'hours' }),
        deadLetter({ number: 11, offset: 7n, partition: 1 }),
      ]
      await write(bench, ...letters)
      await bench.commit({ kind: 'superseded', group: 'clinic', topic: 'permits', partition: 0, key: 'K-1', below: huge })
      assert.deepEqual(
        (await bench.store.deadLetters({}, 100)).toReversed(),
        letters.map((letter) => (letter.number <= 2 ? { ...letter, state: 'superseded' } : letter)),
      )
    },
  },
  {
    name: 'forgets dead letters that are settled and old, and leaves open ones however old they are',
    async run(bench) {
      const states = ['open', 'redriving', 'done', 'superseded', 'skipped'] as const
      await write(
        bench,
        ...states.map((state, i) => deadLetter({ number: i + 1, offset: BigInt(i), state, at: 1_000 })),
        ...states.map((state, i) => deadLetter({ number: i + 6, offset: BigInt(i + 5), state, at: 2_000 })),
      )
      await bench.commit({ kind: 'dead_letters_trimmed', before: 2_000 })
      assert.deepEqual(numbers(await bench.store.deadLetters({}, 100)), [10, 9, 8, 7, 6, 2, 1])
    },
  },
  {
    name: 'forgets dead letters in steps of at most a thousand',
    async run(bench) {
      const all = Array.from({ length: 2_500 }, (_, i) => deadLetter({ number: i + 1, offset: BigInt(i), state: 'done', at: i }))
      await write(bench, ...all)
      for (let left = 2_500; left > 0; ) {
        await bench.commit({ kind: 'dead_letters_trimmed', before: 10_000 })
        const now = await bench.store.countDeadLetters({})
        assert(left - now <= 1_000, `${left - now} went at once`)
        assert(now < left, 'nothing went')
        left = now
      }
    },
  },
  {
    name: 'deletes the dead letters of a group on one topic, or on all, and of no other group',
    async run(bench) {
      await write(
        bench,
        deadLetter({ number: 1 }),
        deadLetter({ number: 2, topic: 'hours' }),
        deadLetter({ number: 3, group: 'payroll' }),
        deadLetter({ number: 4, offset: 11n, state: 'done' }),
      )
      await bench.commit({ kind: 'retries_dropped', group: 'clinic', topic: 'permits' })
      assert.equal(await bench.store.countDeadLetters({}), 4)
      await bench.commit({ kind: 'group_deleted', group: 'clinic', topic: 'permits' })
      assert.deepEqual(numbers(await bench.store.deadLetters({}, 10)), [3, 2])
      await bench.commit({ kind: 'group_deleted', group: 'clinic' })
      assert.deepEqual(numbers(await bench.store.deadLetters({}, 10)), [3])
    },
  },
]

async function write(bench: StoreBench, ...letters: readonly DeadLetter[]): Promise<void> {
  await bench.commit(...letters.map((letter) => ({ kind: 'dead_letter', letter }) as const))
}

function numbers(letters: readonly DeadLetter[]): number[] {
  return letters.map(({ number }) => number)
}
