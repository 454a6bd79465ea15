import { afterEach, describe, expect, it } from 'vitest'
import type { Batch, Engine } from '#dist/engines/engine.js'
import { BusTest, numbers } from '#dist/testing/bus-test.js'
import { freshEmbedded } from '../storage.js'

/** A bus whose engine fails to read at a batch when it is told to. */
class Troubled {
  /** Asked before each batch is handed over: the fault to throw instead. */
  fault: (batch: Batch) => Error | null = () => null
  readonly #tests: BusTest[] = []

  async bus(): Promise<BusTest> {
    const storage = await freshEmbedded()
    const read =
      (engine: Engine): Engine['read'] =>
      (topic, partition, from, signal) =>
        this.#withFaults(engine.read(topic, partition, from, signal))
    const t = new BusTest({
      dispose: () => storage.dispose(),
      async open() {
        const opened = await storage.open()
        return {
          ...opened,
          engine: new Proxy(opened.engine, { get: (engine, name) => (name === 'read' ? read(engine) : method(engine, name)) }),
        }
      },
    })
    this.#tests.push(t)
    return t
  }

  async dispose(): Promise<void> {
    for (const t of this.#tests.splice(0)) await t.dispose()
  }

  async *#withFaults(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    for await (const batch of batches) {
      const fault = this.fault(batch)
      if (fault !== null) throw fault
      yield batch
    }
  }
}

function method(engine: Engine, name: string | symbol): unknown {
  const value: unknown = Reflect.get(engine, name)
  return typeof value === 'function' ? value.bind(engine) : value
}

describe('a group whose reading fails', () => {
  const troubled = new Troubled()
  afterEach(() => troubled.dispose())

  it('goes on behind what it has read, and what is in flight stays in flight', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const all = Array.from({ length: 700 }, (_, i) => i + 1)
    await t.publishAll('permits', all)
    await t.restart()
    let failures = 0
    troubled.fault = (batch) => (batch.events[0]!.offset > 1n && failures++ === 0 ? new Error('the disk hiccups') : null)
    const group = await t.join('clinic', ['permits'], { from: 'all' })
    const first = await group.take(512)
    await group.until(() => t.said.some((line) => line.includes('ended by a fault')))
    t.clock.advance(1_000)
    const rest = await group.take(188)
    expect(numbers([...first, ...rest])).toEqual(all)
    expect(new Set(await group.done(...first, ...rest))).toEqual(new Set(['ok']))
    expect(group.waiting).toBe(0)
    expect((await t.bus.group('clinic')).topics[0]).toMatchObject({ lag: 0, inFlight: 0 })
  })
})
