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
