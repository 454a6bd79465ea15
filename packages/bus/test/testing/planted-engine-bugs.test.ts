/** The suite is worth what it catches: each engine below breaks one promise, and the case named beside it must notice. */
import { expect, it } from 'vitest'
import type { Batch, Engine } from '#dist/engines/engine.js'
import { runEngineCase } from '#dist/testing/describe-engine.js'
import type { EngineHarness } from '#dist/testing/engine-bench.js'
import { FolderHarness } from '../engines/embedded/harness.js'

type Bug = (engine: Engine) => Partial<Engine>

const bugs: readonly { readonly bug: string; readonly caughtBy: string; readonly plant: Bug }[] = [
  {
    bug: 'the order within a batch is turned round',
    caughtBy: 'keeps the order within a batch',
    plant: (engine) => ({ append: (topic, partition, events) => engine.append(topic, partition, events.toReversed()) }),
  },
  {
    bug: 'appends overtake one another',
    caughtBy: 'keeps the order of calls that do not wait for one another',
    plant: (engine) => ({
      append: async (topic, partition, events) => {
        if (events[0]?.id === 'e30') await engine.span(topic)
        await engine.append(topic, partition, events)
      },
    }),
  },
  {
    bug: 'the body is parsed and written again',
    caughtBy: 'gives back every event as it was appended',
    plant: (engine) => ({
      append: (topic, partition, events) =>
        engine.append(
          topic,
          partition,
          events.map((one) => ({ ...one, body: JSON.stringify(JSON.parse(one.body)) })),
        ),
    }),
  },
  {
    bug: 'no key and an empty key are the same',
    caughtBy: 'gives back every event as it was appended',
    plant: (engine) => ({
      append: (topic, partition, events) =>
        engine.append(
          topic,
          partition,
          events.map((one) => ({ ...one, key: one.key ?? '' })),
        ),
    }),
  },
  {
    bug: 'receive times are stored as the clock gave them',
    caughtBy: 'stores receive times that never fall, whatever the clock does',
    plant: (engine) => ({
      read: mapBatches(engine, (batch) => ({
        ...batch,
        events: batch.events.map((one) => (one.id === 'e1' ? { ...one, received: 3_000 } : one)),
      })),
    }),
  },
  {
    bug: 'partitions share one log',
    caughtBy: 'keeps partitions apart',
    plant: (engine) => ({
      append: (topic, _, events) => engine.append(topic, 0, events),
      read: (topic, _, from, signal) => engine.read(topic, 0, from, signal),
    }),
  },
  {
    bug: 'reading ignores where to start',
    caughtBy: 'reads from an offset on, the event there first',
    plant: (engine) => ({ read: (topic, partition, _, signal) => engine.read(topic, partition, 1n, signal) }),
  },
  {
    bug: 'reading starts behind the asked offset',
    caughtBy: 'reads from an offset on, the event there first',
    plant: (engine) => ({ read: (topic, partition, from, signal) => engine.read(topic, partition, from > 1n ? from + 1n : from, signal) }),
  },
  {
    bug: 'the last event of a batch comes again with the next one',
    caughtBy: 'gives each event once, over all batches of one read',
    plant: (engine) => ({ read: repeatLast(engine) }),
  },
  {
    bug: '`next` points at the last event instead of behind it',
    caughtBy: 'yields batches of at least one event, each going on where `next` said',
    plant: (engine) => ({ read: mapBatches(engine, (batch) => ({ ...batch, next: batch.next - 1n })) }),
  },
  {
    bug: 'a reader at the end is never woken',
    caughtBy: 'waits at the end and wakes with what is appended',
    plant: (engine) => ({ read: endAtEnd(engine) }),
  },
  {
    bug: 'aborting a waiting read throws',
    caughtBy: 'ends a waiting read without an error when its signal aborts',
    plant: (engine) => ({
      async *read(topic, partition, from, signal) {
        yield* engine.read(topic, partition, from, signal)
        signal.throwIfAborted()
      },
    }),
  },
  {
    bug: 'an offset past the end waits',
    caughtBy: 'says Beyond, with the end, for an offset that was never reached',
    plant: (engine) => ({
      async *read(topic, partition, from, signal) {
        const end = (await engine.span(topic))[partition]!.next!
        yield* engine.read(topic, partition, BigInt(Math.min(Number(from), Number(end))), signal)
      },
    }),
  },
  {
    bug: 'locate is off by one',
    caughtBy: 'locates the first event received at or after a time',
    plant: (engine) => ({ locate: async (topic, partition, time) => (await engine.locate(topic, partition, time)) + 1n }),
  },
  {
    bug: 'locate leaves out the event received at that very time',
    caughtBy: 'locates the first of events received at the same time',
    plant: (engine) => ({ locate: (topic, partition, time) => engine.locate(topic, partition, time + 1) }),
  },
  {
    bug: 'ensuring again makes the topic anew',
    caughtBy: 'answers the same incarnation when a topic is ensured again',
    plant: (engine) => {
      let times = 0
      return { ensureTopic: async (topic) => `${await engine.ensureTopic(topic)}${++times}`.slice(-32) }
    },
  },
  {
    bug: 'a topic that shall shrink is accepted',
    caughtBy: 'refuses fewer partitions, and the topic goes on as it was',
    plant: (engine) => ({ ensureTopic: (topic) => engine.ensureTopic({ ...topic, partitions: Math.max(topic.partitions, 3) }) }),
  },
  {
    bug: 'trimming forgets one event too many',
    caughtBy: 'keeps all that lies at or behind the place it trims before',
    plant: (engine) => ({ trim: (topic, partition, before, signal) => engine.trim(topic, partition, before + 1n, signal) }),
  },
  {
    bug: 'trimming ignores how far',
    caughtBy: 'keeps all that lies at or behind the place it trims before',
    plant: (engine) => ({ trim: (topic, partition, _, signal) => engine.trim(topic, partition, 2n ** 62n, signal) }),
  },
  {
    bug: 'a read jumps silently over what was trimmed',
    caughtBy: 'says Gap, with the first event there, once events were trimmed',
    plant: (engine) => ({ read: jumpOverGaps(engine) }),
  },
  {
    bug: 'a lagging reader jumps silently over what was trimmed under it',
    caughtBy: 'tells a reader that lags behind the trimming of its gap',
    plant: (engine) => ({ read: jumpOverGaps(engine) }),
  },
  {
    bug: 'trimming cannot be stopped',
    caughtBy: 'stops trimming when its signal aborts, and loses nothing else',
    plant: (engine) => ({ trim: (topic, partition, before) => engine.trim(topic, partition, before, new AbortController().signal) }),
  },
  {
    bug: 'an append is acknowledged before it is durable',
    caughtBy: 'has every acknowledged event after an abrupt end',
    plant: (engine) => ({ append: lateAppend(engine), read: engine.read.bind(engine) }),
  },
  {
    bug: 'acknowledged events wait in memory and are lost by a restart',
    caughtBy: 'keeps events, offsets and incarnation over a restart',
    plant: (engine) => ({ append: lateAppend(engine) }),
  },
  {
    bug: 'closing leaves readers waiting',
    caughtBy: 'ends every read when it is closed, which may happen twice',
    plant: (engine) => ({
      async *read(topic, partition, from, signal) {
        yield* engine.read(topic, partition, from, signal)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    }),
  },
]

it.each(bugs)('catches: $bug', async ({ caughtBy, plant }) => {
  await expect(runEngineCase(caughtBy, () => harness((engine) => planted(engine, plant(engine))))).rejects.toThrow()
})

it.each([...new Set(bugs.map(({ caughtBy }) => caughtBy))])('blames no sound engine: %s', async (name) => {
  expect(await runEngineCase(name, () => harness((engine) => engine))).toBeNull()
})

function harness(wrap: (engine: Engine) => Engine): EngineHarness {
  const folder = new FolderHarness()
  return {
    open: async () => wrap((await folder.open()).engine),
    reopen: async () => wrap((await folder.reopen()).engine),
    crash: async () => wrap((await folder.crash()).engine),
    patienceMs: 1_500,
    dispose: () => folder.dispose(),
  }
}

/** The engine with some of its methods replaced. */
function planted(engine: Engine, bug: Partial<Engine>): Engine {
  return {
    can: engine.can,
    ensureTopic: (topic) => engine.ensureTopic(topic),
    append: (topic, partition, events) => engine.append(topic, partition, events),
    read: (topic, partition, from, signal) => engine.read(topic, partition, from, signal),
    locate: (topic, partition, time) => engine.locate(topic, partition, time),
    span: (topic) => engine.span(topic),
    trim: (topic, partition, before, signal) => engine.trim(topic, partition, before, signal),
    close: () => engine.close(),
    ...bug,
  }
}

function mapBatches(engine: Engine, map: (batch: Batch) => Batch): Engine['read'] {
  return async function* read(topic, partition, from, signal) {
    for await (const batch of engine.read(topic, partition, from, signal)) yield map(batch)
  }
}

function repeatLast(engine: Engine): Engine['read'] {
  return async function* read(topic, partition, from, signal) {
    let last: Batch['events'] = []
    for await (const batch of engine.read(topic, partition, from, signal)) {
      yield { ...batch, events: [...last, ...batch.events] }
      last = batch.events.slice(-1)
    }
  }
}

function endAtEnd(engine: Engine): Engine['read'] {
  return async function* read(topic, partition, from, signal) {
    const end = (await engine.span(topic))[partition]!.next!
    for await (const batch of engine.read(topic, partition, from, signal)) {
      yield batch
      if (batch.next >= end) break
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
}

function jumpOverGaps(engine: Engine): Engine['read'] {
  return async function* read(topic, partition, from, signal) {
    for (let next = from; ; ) {
      try {
        for await (const batch of engine.read(topic, partition, next, signal)) {
          yield batch
          next = batch.next
        }
        return
      } catch (error) {
        const { first } = error as { first?: bigint }
        if (first === undefined) throw error
        next = first
      }
    }
  }
}

/** Stores a batch only when the next one comes. */
function lateAppend(engine: Engine): Engine['append'] {
  let store = async (): Promise<void> => {}
  return async (topic, partition, events) => {
    await store()
    store = () => engine.append(topic, partition, events)
  }
}
