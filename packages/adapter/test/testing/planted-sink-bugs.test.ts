/** The suite is worth what it catches: each sink below breaks one promise, and the case named beside it must notice. */
import { expect, it } from 'vitest'
import { runSinkCase } from '#dist/testing/index.js'
import { HttpHarness } from '../sinks/http-harness.js'
import { SqliteHarness } from '../sinks/sqlite-harness.js'
import { afterApply, type Bug, beforeApply, withBug } from './planted-harness.js'

interface Planted {
  readonly bug: string
  readonly caughtBy: string
  readonly plant: Bug
}

const bugs: readonly Planted[] = [
  {
    bug: 'it says done before it has sent anything',
    caughtBy: 'tells the truth when it finds nobody at the address, and gets through afterwards',
    plant: (sink) => ({
      async apply(deliveries, signal) {
        void sink.apply(deliveries, signal)
        return deliveries.map(() => ({ outcome: 'done' as const }))
      },
    }),
  },
  {
    bug: 'it calls a broken connection not applied',
    caughtBy: 'tells the truth when it is broken off when the system has applied it, before it answers, and gets through afterwards',
    plant: afterApply((outcomes) =>
      outcomes.map((one) => (one.outcome === 'unknown' ? { outcome: 'retry', scope: 'event', reason: one.reason } : one)),
    ),
  },
  {
    bug: 'it refuses events while the system is overloaded',
    caughtBy: 'tells the truth when it is told that the system is overloaded, and gets through afterwards',
    plant: afterApply((outcomes) => outcomes.map((one) => (one.outcome === 'retry' ? { outcome: 'refused', reason: one.reason } : one))),
  },
  {
    bug: 'it forgets how long the system asked it to wait',
    caughtBy: 'tells the truth when it is told to come back in 7 seconds, and gets through afterwards',
    plant: afterApply((outcomes) =>
      outcomes.map((one) => (one.outcome === 'retry' ? { outcome: 'retry', scope: one.scope, reason: one.reason } : one)),
    ),
  },
  {
    bug: 'it throws what it cannot send',
    caughtBy: 'tells the truth when it finds nobody at the address, and gets through afterwards',
    plant: afterApply((outcomes) => {
      for (const one of outcomes) if (one.outcome !== 'done') throw new Error(one.reason)
      return outcomes
    }),
  },
  {
    bug: 'it shows the credentials that the system repeats',
    caughtBy:
      'tells the truth when it is told that its credentials are wrong, with the credentials in the answer, and gets through afterwards',
    plant: afterApply((outcomes) =>
      outcomes.map((one) => (one.outcome === 'retry' ? { ...one, reason: one.reason.replace('***', 'secret-token-8d1c') } : one)),
    ),
  },
  {
    bug: 'its reasons hold line breaks of the system',
    caughtBy: 'tells the truth when it meets a fault inside the system, once, and gets through afterwards',
    plant: afterApply((outcomes) => outcomes.map((one) => (one.outcome === 'done' ? one : { ...one, reason: `${one.reason}\nline two` }))),
  },
  {
    bug: 'it sends another Idempotency-Key with each try',
    caughtBy: 'applies a repeated delivery once, and says done each time',
    plant: beforeApply((deliveries) => deliveries.map((one) => ({ ...one, idempotencyKey: `${one.idempotencyKey}-${one.attempt}` }))),
  },
  {
    bug: 'it keeps one high-water mark for all keys',
    caughtBy: 'applies an event that is behind those of other keys, now or after a restart',
    plant: (sink) => {
      let high = 0
      return {
        async apply(deliveries, signal) {
          const place = Math.max(...deliveries.map(({ event }) => Number(event.position.split('-')[1])))
          if (place <= high) return deliveries.map(() => ({ outcome: 'done' as const }))
          high = place
          return sink.apply(deliveries, signal)
        },
      }
    },
  },
  {
    bug: 'it takes events of the same content for one',
    caughtBy: 'takes two events of the same content for two',
    plant: beforeApply((deliveries) =>
      deliveries.map((one) => ({ ...one, idempotencyKey: String((one.value as { readonly text: string }).text) })),
    ),
  },
  {
    bug: 'it waits for an answer longer than it says',
    caughtBy: 'tells the truth when it gets no answer, and the system applies nothing, and gets through afterwards',
    plant: (sink) => ({
      async apply(deliveries, signal) {
        const outcomes = await sink.apply(deliveries, signal)
        if (outcomes.some(({ outcome }) => outcome === 'unknown')) return new Promise<never>(() => {})
        return outcomes
      },
    }),
  },
  {
    bug: 'it does not hear that it should stop',
    caughtBy: 'begins nothing when it was told to stop before',
    plant: (sink) => ({
      async apply(deliveries) {
        await sink.apply(deliveries, new AbortController().signal)
        return deliveries.map(() => ({ outcome: 'retry' as const, scope: 'target' as const, reason: 'stopped' }))
      },
    }),
  },
  {
    bug: 'it calls a stop the event’s fault',
    caughtBy: 'ends soon when it is told to stop meanwhile, and does not call it the event’s fault',
    plant: afterApply((outcomes) => outcomes.map((one) => (one.outcome === 'done' ? one : { outcome: 'refused', reason: 'stopped' }))),
  },
  {
    bug: 'it cannot be closed twice',
    caughtBy: 'can be closed twice, also at once',
    plant: (sink) => {
      let closed = false
      return {
        async close() {
          if (closed) throw new Error('already closed')
          closed = true
          await sink.close()
        },
      }
    },
  },
  {
    bug: 'it answers an outcome too few',
    caughtBy: 'applies a delivery, and the system holds it when it says done',
    plant: afterApply((outcomes) => outcomes.slice(1)),
  },
]

/** Of sinks that take batches, keep progress in the target, and can be asked. */
const bugsOfBatches: readonly Planted[] = [
  {
    bug: 'one bad row spoils its batch',
    caughtBy: 'refuses the one bad row of a batch alone, at its place',
    plant: afterApply((outcomes) => {
      const bad = outcomes.find(({ outcome }) => outcome === 'refused')
      return bad === undefined ? outcomes : outcomes.map(() => bad)
    }),
  },
  {
    bug: 'outcomes come in another order',
    caughtBy: 'refuses the one bad row of a batch alone, at its place',
    plant: afterApply((outcomes) => outcomes.toReversed()),
  },
  {
    bug: 'it applies a batch backwards',
    caughtBy: 'applies a batch in its order, with one outcome for each',
    plant: (sink) => ({ apply: async (deliveries, signal) => (await sink.apply(deliveries.toReversed(), signal)).toReversed() }),
  },
  {
    bug: 'what was applied is only known to the process',
    caughtBy: 'applies a delivery once that comes again after a restart',
    plant: beforeApply((deliveries) => deliveries.map((one) => ({ ...one, adapter: one.attempt > 1 ? 'another life' : 'this life' }))),
  },
  {
    bug: 'an older event of a key overwrites a newer one',
    caughtBy: 'does not go back when an older event of a key comes again',
    plant: (sink) => ({
      apply: (deliveries, signal) =>
        sink.apply(
          deliveries.map((one) => (one.attempt > 1 ? { ...one, event: { ...one.event, position: '0-99999' } } : one)),
          signal,
        ),
    }),
  },
  {
    bug: 'an event is a repeat when its position is not above the highest seen',
    caughtBy: 'applies events without a key in whatever order they come',
    plant: beforeApply((deliveries) =>
      deliveries.map((one) => ({ ...one, event: { ...one.event, key: 'all' }, value: { ...(one.value as object), key: 'all' } })),
    ),
  },
  {
    bug: 'it says that it is applied whatever it is asked for',
    caughtBy: 'tells by probe what took effect and what did not, and changes nothing',
    plant: () => ({ probe: async () => 'applied' }),
  },
  {
    bug: 'it reads from the beginning whatever it is asked for',
    caughtBy: 'reads what the system holds in key order, from any key on',
    plant: (sink) => ({ read: (_, signal) => sink.read!(null, signal) }),
  },
  {
    bug: 'it sends what it describes',
    caughtBy: 'describes what it would send, without sending it and without a secret',
    plant: (sink) => ({
      describe(delivery) {
        void sink.apply([delivery], new AbortController().signal)
        return sink.describe!(delivery)
      },
    }),
  },
]

it.each(bugsOfBatches)('notices that $bug', { timeout: 30_000 }, async ({ caughtBy, plant }) => {
  expect(await runSinkCase(caughtBy, () => new SqliteHarness())).toBeNull()
  await expect(runSinkCase(caughtBy, () => withBug(new SqliteHarness(), plant))).rejects.toThrow()
})

it.each(bugs)('notices that $bug', { timeout: 30_000 }, async ({ caughtBy, plant }) => {
  expect(await runSinkCase(caughtBy, () => new HttpHarness())).toBeNull()
  await expect(runSinkCase(caughtBy, () => withBug(new HttpHarness(), plant))).rejects.toThrow()
})
