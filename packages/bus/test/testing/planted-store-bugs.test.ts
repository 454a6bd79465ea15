/** The suite is worth what it catches: each store below breaks one promise, and the case named beside it must notice. */
import { expect, it } from 'vitest'
import type { Change, Store } from '#dist/store/store.js'
import { runStoreCase } from '#dist/testing/describe-store.js'
import type { StoreHarness } from '#dist/testing/store-bench.js'
import { FolderHarness } from '../engines/embedded/harness.js'

type Bug = (store: Store) => Partial<Store>

const bugs: readonly { readonly bug: string; readonly caughtBy: string; readonly plant: Bug }[] = [
  {
    bug: 'the finished-ahead set is not kept',
    caughtBy: 'keeps the largest finished-ahead set over a restart',
    plant: (store) => ({
      commit: mapChanges(store, (change) =>
        change.kind === 'progress' ? { ...change, progress: { ...change.progress, ahead: [] } } : change,
      ),
    }),
  },
  {
    bug: 'offsets are kept as floating point numbers',
    caughtBy: 'gives progress back as it was committed, with offsets up to 2^63',
    plant: (store) => ({ progress: async () => (await store.progress()).map((one) => ({ ...one, cursor: BigInt(Number(one.cursor)) })) }),
  },
  {
    bug: 'the first progress is kept, not the last',
    caughtBy: 'keeps the last progress of a group in a partition',
    plant: (store) => {
      const seen = new Set<string>()
      return { commit: filterChanges(store, (change) => change.kind !== 'progress' || seen.size < seen.add(change.progress.group).size) }
    },
  },
  {
    bug: 'progress only moves forward',
    caughtBy: 'lets progress go back, for a seek, and change its incarnation',
    plant: (store) => {
      let highest = 0n
      const moves = (cursor: bigint): boolean => {
        if (cursor < highest) return false
        highest = cursor
        return true
      }
      return { commit: filterChanges(store, (change) => change.kind !== 'progress' || moves(change.progress.cursor)) }
    },
  },
  {
    bug: 'partitions share their progress',
    caughtBy: 'keeps groups, topics and partitions apart',
    plant: (store) => ({
      commit: mapChanges(store, (change) =>
        change.kind === 'progress' ? { ...change, progress: { ...change.progress, partition: 0 } } : change,
      ),
    }),
  },
  {
    bug: 'only the first page of progress is read',
    caughtBy: 'gives back every one of 1,500 progress rows',
    plant: (store) => ({ progress: async () => (await store.progress()).slice(0, 512) }),
  },
  {
    bug: 'a commit is not atomic',
    caughtBy: 'commits all changes or none',
    plant: (store) => ({
      commit: async (changes) => {
        for (const change of changes) await store.commit([change])
      },
    }),
  },
  {
    bug: 'commits overtake one another',
    caughtBy: 'commits in the order of calls that do not wait for one another',
    plant: (store) => ({
      commit: async (changes) => {
        const [change] = changes
        if (change?.kind === 'progress' && change.progress.cursor === 100n) for (let i = 0; i < 20; i++) await store.document('slow')
        await store.commit(changes)
      },
    }),
  },
  {
    bug: 'retries are forgotten',
    caughtBy: 'gives waiting retries back by offset, as numbers order them',
    plant: (store) => ({ commit: filterChanges(store, (change) => change.kind !== 'retry') }),
  },
  {
    bug: 'retries are ordered as text',
    caughtBy: 'gives waiting retries back by offset, as numbers order them',
    plant: (store) => ({
      retries: async (...place) => (await store.retries(...place)).toSorted((a, b) => (String(a.offset) < String(b.offset) ? -1 : 1)),
    }),
  },
  {
    bug: 'a settled retry stays',
    caughtBy: 'forgets a retry that is settled, and minds no other',
    plant: (store) => ({ commit: filterChanges(store, (change) => change.kind !== 'retry_settled') }),
  },
  {
    bug: 'the changes of a commit are applied in another order',
    caughtBy: 'applies the changes of one commit in their order',
    plant: (store) => ({ commit: (changes) => store.commit(changes.toReversed()) }),
  },
  {
    bug: 'deleting a group on one topic deletes it on all',
    caughtBy: 'ends what a group is owed on one topic',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'group_deleted' ? { kind: 'group_deleted', group: change.group } : change)),
    }),
  },
  {
    bug: 'deleting a group leaves its retries',
    caughtBy: 'ends what a group is owed on all topics, and the group can start anew',
    plant: (store) => ({
      retries: async (group, topic, partition) =>
        group === 'clinic'
          ? [{ group, topic, partition, offset: 1n, attempts: 1, dueAt: 0, reason: '' }]
          : store.retries(group, topic, partition),
    }),
  },
  {
    bug: 'the offset of a dead letter is kept as a floating point number',
    caughtBy: 'gives a dead letter back as it was committed, by its number and by its event',
    plant: (store) => ({
      deadLetters: async (...asked) =>
        (await store.deadLetters(...asked)).map((letter) => ({ ...letter, offset: BigInt(Number(letter.offset)) })),
    }),
  },
  {
    bug: 'the dead letter of an event is found for whatever group',
    caughtBy: 'knows the dead letter of an event for one group, topic, partition and offset alone',
    plant: (store) => ({ deadLetterOf: (_group, place) => store.deadLetterOf('clinic', place) }),
  },
  {
    bug: 'an edited dead letter is written beside the one it replaces',
    caughtBy: 'replaces the dead letter of a number, and only that',
    plant: (store) => {
      let spare = 1_000
      return {
        commit: mapChanges(store, (change) =>
          change.kind === 'dead_letter' && change.letter.edited ? { ...change, letter: { ...change.letter, number: spare++ } } : change,
        ),
      }
    },
  },
  {
    bug: 'the highest number is that of the letters that are left',
    caughtBy: 'knows the highest number ever given, after a restart and after the letter is forgotten',
    plant: (store) => ({ lastDeadLetter: async () => (await store.deadLetters({}, 1))[0]?.number ?? 0 }),
  },
  {
    bug: 'dead letters are counted whatever their error class',
    caughtBy: 'lists dead letters by each filter, and counts what it lists',
    plant: (store) => ({ countDeadLetters: ({ errorClass: _ignored, ...query }) => store.countDeadLetters(query) }),
  },
  {
    bug: 'a time is taken as still before itself',
    caughtBy: 'lists dead letters by each filter, and counts what it lists',
    plant: (store) => ({
      deadLetters: (query, ...page) => store.deadLetters(query.until === undefined ? query : { ...query, until: query.until + 1 }, ...page),
    }),
  },
  {
    bug: 'only the newest ten thousand numbers are looked at',
    caughtBy: 'finds dead letters by a filter however far their numbers lie apart',
    plant: (store) => ({
      deadLetters: async (query, ...page) => {
        const newest = await store.lastDeadLetter()
        return (await store.deadLetters(query, ...page)).filter(({ number }) => number > newest - 10_000)
      },
    }),
  },
  {
    bug: 'a page of dead letters begins with the last of the page before',
    caughtBy: 'pages through 1,500 dead letters, newest first, without losing or doubling one',
    plant: (store) => ({
      deadLetters: (query, limit, below) => store.deadLetters(query, limit, ...(below === undefined ? [] : [below + 1])),
    }),
  },
  {
    bug: 'the state of a dead letter does not change',
    caughtBy: 'changes the state of one dead letter and nothing else of it',
    plant: (store) => ({ commit: filterChanges(store, (change) => change.kind !== 'dead_letter_state') }),
  },
  {
    bug: 'the letter at the offset itself is superseded',
    caughtBy: 'supersedes open and redriving letters of the key below the offset, and touches no other',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'superseded' ? { ...change, below: change.below + 1n } : change)),
    }),
  },
  {
    bug: 'skipped letters are superseded too',
    caughtBy: 'supersedes open and redriving letters of the key below the offset, and touches no other',
    plant: (store) => ({
      commit: mapChanges(store, (change) =>
        change.kind === 'superseded' ? { kind: 'dead_letter_state', number: 6, state: 'superseded' } : change,
      ),
    }),
  },
  {
    bug: 'open dead letters are forgotten by age',
    caughtBy: 'forgets dead letters that are settled and old, and leaves open ones however old they are',
    plant: (store) => ({
      commit: (changes) =>
        store.commit(
          changes.flatMap((change): Change[] =>
            change.kind === 'dead_letters_trimmed' ? [{ kind: 'dead_letter_state', number: 1, state: 'done' }, change] : [change],
          ),
        ),
    }),
  },
  {
    bug: 'all dead letters are forgotten at once',
    caughtBy: 'forgets dead letters in steps of at most a thousand',
    plant: (store) => ({
      commit: (changes) =>
        store.commit(changes.flatMap((change) => (change.kind === 'dead_letters_trimmed' ? Array<Change>(3).fill(change) : [change]))),
    }),
  },
  {
    bug: 'deleting a group leaves its dead letters',
    caughtBy: 'deletes the dead letters of a group on one topic, or on all, and of no other group',
    plant: (store) => ({
      commit: mapChanges(store, (change) =>
        change.kind === 'group_deleted' ? { kind: 'retries_dropped', group: change.group, topic: change.topic ?? 'permits' } : change,
      ),
    }),
  },
  {
    bug: 'dropping retries takes the dead letters along',
    caughtBy: 'deletes the dead letters of a group on one topic, or on all, and of no other group',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'retries_dropped' ? { ...change, kind: 'group_deleted' } : change)),
    }),
  },
  {
    bug: 'parked events are ordered as floating point numbers',
    caughtBy: 'gives parked events of a key back by offset, as numbers order them, from the asked one on',
    plant: (store) => ({
      isParked: (group, place) => store.isParked(group, place),
      parked: (group, topic, partition, key, from, limit) => store.parked(group, topic, partition, key, BigInt(Number(from)), limit),
    }),
  },
  {
    bug: 'a page of large parked events ends where the bytes do',
    caughtBy: 'gives a parked event back whole, however large',
    plant: (store) => ({ parked: async (...asked) => (await store.parked(...asked)).slice(0, 2) }),
  },
  {
    bug: 'only the first page of parked events is read',
    caughtBy: 'gives back every one of 1,300 parked events of a key among others',
    plant: (store) => ({ parked: async (...asked) => (await store.parked(...asked)).slice(0, 512) }),
  },
  {
    bug: 'an event that was let go stays parked',
    caughtBy: 'lets go of one parked event, and minds no other',
    plant: (store) => ({ commit: filterChanges(store, (change) => change.kind !== 'unparked') }),
  },
  {
    bug: 'the parked event before the offset is dropped with those behind it',
    caughtBy: 'drops the parked events of one group in one partition from an offset on, whatever their key, and minds no other',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'parked_dropped' ? { ...change, from: change.from - 1n } : change)),
    }),
  },
  {
    bug: 'parked events are dropped of all groups in a partition',
    caughtBy: 'drops the parked events of one group in one partition from an offset on, whatever their key, and minds no other',
    plant: (store) => ({
      commit: (changes) =>
        store.commit(
          changes.flatMap((change): Change[] => (change.kind === 'parked_dropped' ? [change, { ...change, group: 'payroll' }] : [change])),
        ),
    }),
  },
  {
    bug: 'an event counts as parked in whatever group',
    caughtBy: 'lets go of one parked event, and minds no other',
    plant: (store) => ({ isParked: (_group, place) => store.isParked('clinic', place) }),
  },
  {
    bug: 'the oldest dead letters are the oldest of the newest page',
    caughtBy: 'pages through 1,500 dead letters, newest first, without losing or doubling one',
    plant: (store) => ({ oldestDeadLetters: async (query, limit) => (await store.deadLetters(query, limit)).toReversed() }),
  },
  {
    bug: 'going on below a chunk begins anew',
    caughtBy: 'goes on below a chunk that it gave, however many come meanwhile',
    plant: (store) => ({ attempts: ({ below: _ignored, ...query }) => store.attempts(query) }),
  },
  {
    bug: 'a key whose letter is redriven counts as open',
    caughtBy: 'says what stands in the way of a group in a partition: open keys, parked keys, redriven letters',
    plant: (store) => ({
      openFailures: async (...place) => {
        const { openKeys, redriving, ...others } = await store.openFailures(...place)
        return { ...others, redriving, openKeys: [...openKeys, ...redriving.map(({ key, offset }) => ({ key: key!, offset }))] }
      },
    }),
  },
  {
    bug: 'of more open keys than it names, the store says nothing',
    caughtBy: 'names at most so many open keys as asked for, and says that there are more',
    plant: (store) => ({ openFailures: async (...place) => ({ ...(await store.openFailures(...place)), moreOpenKeys: false }) }),
  },
  {
    bug: 'of more parked keys than it names, the store says nothing',
    caughtBy: 'names at most so many parked keys as asked for, each with all its events, and says that there are more',
    plant: (store) => ({ openFailures: async (...place) => ({ ...(await store.openFailures(...place)), moreParkedKeys: false }) }),
  },
  {
    bug: 'deleting a group on one topic leaves what it parked there',
    caughtBy: 'deletes the parked events of a group on one topic, or on all, and of no other group',
    plant: (store) => ({ commit: filterChanges(store, (change) => change.kind !== 'group_deleted' || change.topic === undefined) }),
  },
  {
    bug: 'failures are written before the progress they belong to',
    caughtBy: 'writes a failure and the progress behind it together, or neither',
    plant: (store) => ({
      commit: async (changes) => {
        await store.commit(changes.filter((change) => change.kind !== 'progress'))
        await store.commit(changes.filter((change) => change.kind === 'progress'))
      },
    }),
  },
  {
    bug: 'parked events become durable a commit later',
    caughtBy: 'has after an abrupt end the failures that were committed, each with its progress',
    plant: (store) => {
      let late: readonly Change[] = []
      return {
        commit: (changes) => {
          const now = [...late, ...changes.filter((change) => change.kind !== 'unparked')]
          late = changes.filter((change) => change.kind === 'unparked')
          return store.commit(now)
        },
      }
    },
  },
  {
    bug: 'tries come the oldest first',
    caughtBy: 'yields tries the newest first, as they were written',
    plant: (store) => ({ attempts: (query) => reversed(store.attempts(query)) }),
  },
  {
    bug: 'tries are found by topic, and by group only where there is no topic',
    caughtBy: 'yields tries by group, topic and time',
    plant: (store) => ({
      attempts: ({ group, ...query }) => store.attempts(query.topic === undefined && group !== undefined ? { ...query, group } : query),
    }),
  },
  {
    bug: 'a search by time ends at the first try that is older',
    caughtBy: 'finds by time what was written behind younger tries',
    plant: (store) => ({
      attempts: async function* ({ since = 0, ...query }) {
        for await (const chunk of store.attempts(query)) {
          if (chunk.at < since) return
          yield chunk
        }
      },
    }),
  },
  {
    bug: 'a chunk does not reach to its own ends',
    caughtBy: 'yields the tries whose offsets reach around a place',
    plant: (store) => ({
      attempts: async function* (query) {
        for await (const chunk of store.attempts(query)) if (query.around === undefined || chunk.last !== query.around.offset) yield chunk
      },
    }),
  },
  {
    bug: 'only the first page of tries is read',
    caughtBy: 'yields every one of 1,400 chunks, of all groups or of one',
    plant: (store) => ({
      attempts: async function* (query) {
        let yielded = 0
        for await (const chunk of store.attempts(query)) if (yielded++ < 512) yield chunk
      },
    }),
  },
  {
    bug: 'the oldest try is the newest',
    caughtBy: 'forgets tries that ended before, and no others',
    plant: (store) => ({
      oldestAttempt: async () => {
        const found = await store.oldestAttempt()
        for await (const { at } of store.attempts({})) return found === null ? null : { ...found, at }
        return null
      },
    }),
  },
  {
    bug: 'tries that end at the moment itself are forgotten',
    caughtBy: 'forgets tries that ended before, and no others',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'attempts_trimmed' ? { ...change, before: change.before + 1 } : change)),
    }),
  },
  {
    bug: 'the number of tries has no bound',
    caughtBy: 'keeps no more chunks than it may, the newest of them',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'attempts_trimmed' ? { ...change, keep: Number.MAX_SAFE_INTEGER } : change)),
    }),
  },
  {
    bug: 'tries are forgotten without a bound on the work',
    caughtBy: 'forgets tries in steps of at most a thousand, by age and by number, to the end',
    plant: (store) => ({
      commit: (changes) =>
        store.commit(changes.flatMap((change) => (change.kind === 'attempts_trimmed' ? Array<Change>(2).fill(change) : [change]))),
    }),
  },
  {
    bug: 'segments start over at the first, wherever one asks',
    caughtBy: 'yields segments in order of number, from the asked one on',
    plant: (store) => ({ segments: (projection, topic) => store.segments(projection, topic, 0) }),
  },
  {
    bug: 'dropping segments drops one too many',
    caughtBy: 'drops the segments below a number, of one projection and topic alone',
    plant: (store) => ({
      commit: mapChanges(store, (change) => (change.kind === 'segments_dropped' ? { ...change, below: change.below + 1 } : change)),
    }),
  },
  {
    bug: 'a commit resolves before it is durable',
    caughtBy: 'has every commit that resolved after an abrupt end',
    plant: (store) => {
      let late: readonly Change[] = []
      return {
        commit: async (changes) => {
          const now = late
          late = changes
          await store.commit(now)
        },
      }
    },
  },
  {
    bug: 'a closed store swallows commits',
    caughtBy: 'refuses to commit after it was closed',
    plant: (store) => ({ commit: (changes) => store.commit(changes).catch(() => {}) }),
  },
]

it.each(bugs)('catches: $bug', async ({ caughtBy, plant }) => {
  await expect(runStoreCase(caughtBy, () => harness((store) => planted(store, plant(store))))).rejects.toThrow()
})

it.each([...new Set(bugs.map(({ caughtBy }) => caughtBy))])('blames no sound store: %s', async (name) => {
  expect(await runStoreCase(name, () => harness((store) => store))).toBeNull()
})

function harness(wrap: (store: Store) => Store): StoreHarness {
  const folder = new FolderHarness()
  return {
    open: async () => wrap((await folder.open()).store),
    reopen: async () => wrap((await folder.reopen()).store),
    crash: async () => wrap((await folder.crash()).store),
    patienceMs: 1_500,
    dispose: () => folder.dispose(),
  }
}

/** The store with some of its methods replaced. */
function planted(store: Store, bug: Partial<Store>): Store {
  return {
    commit: (changes) => store.commit(changes),
    progress: () => store.progress(),
    retries: (group, topic, partition) => store.retries(group, topic, partition),
    lastDeadLetter: () => store.lastDeadLetter(),
    deadLetters: (query, limit, below) => store.deadLetters(query, limit, below),
    oldestDeadLetters: (query, limit) => store.oldestDeadLetters(query, limit),
    countDeadLetters: (query) => store.countDeadLetters(query),
    deadLetterOf: (group, place) => store.deadLetterOf(group, place),
    openFailures: (group, topic, partition, most) => store.openFailures(group, topic, partition, most),
    isParked: (group, place) => store.isParked(group, place),
    parked: (group, topic, partition, key, from, limit) => store.parked(group, topic, partition, key, from, limit),
    oldestAttempt: () => store.oldestAttempt(),
    attempts: (query) => store.attempts(query),
    projectionCursor: (projection, topic) => store.projectionCursor(projection, topic),
    segments: (projection, topic, from) => store.segments(projection, topic, from),
    document: (name) => store.document(name),
    close: () => store.close(),
    ...bug,
  }
}

function mapChanges(store: Store, map: (change: Change) => Change): Store['commit'] {
  return (changes) => store.commit(changes.map(map))
}

function filterChanges(store: Store, keep: (change: Change) => boolean): Store['commit'] {
  return (changes) => store.commit(changes.filter(keep))
}

async function* reversed<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const all: T[] = []
  for await (const item of items) all.unshift(item)
  yield* all
}
