import type { Batch, Engine } from '#dist/engines/engine.js'
import type { Change, Store } from '#dist/store/store.js'
import { BusTest } from '#dist/testing/bus-test.js'
import { freshEmbedded } from './storage.js'

/** Buses over storage that fails when it is told to. */
export class TroubledStorage {
  /** Asked before each batch is handed over: the fault to throw instead. */
  readFault: (batch: Batch) => Error | null = () => null
  /** Asked before each commit of the store: the fault to throw instead. */
  commitFault: (changes: readonly Change[]) => Error | null = () => null
  /** What a batch waits for before it is handed over. */
  readHeld: Promise<unknown> | null = null
  /** Asked before parked events are read: the fault to throw instead. */
  parkedFault: () => Error | null = () => null
  /** Awaited before what stands in the way of a group, which was read, is handed over. */
  handingOver: () => Promise<void> = async () => {}
  readonly #tests: BusTest[] = []

  async bus(): Promise<BusTest> {
    const storage = await freshEmbedded()
    const t = new BusTest({
      dispose: () => storage.dispose(),
      open: async () => {
        const { engine, store, close } = await storage.open()
        const read: Engine['read'] = (...which) => this.#read(engine.read(...which))
        const commit = async (changes: readonly Change[]) => {
          const fault = this.commitFault(changes)
          if (fault !== null) throw fault
          await store.commit(changes)
        }
        const parked: Store['parked'] = async (...asked) => {
          const fault = this.parkedFault()
          if (fault !== null) throw fault
          return store.parked(...asked)
        }
        const openFailures: Store['openFailures'] = async (...asked) => {
          const open = await store.openFailures(...asked)
          await this.handingOver()
          return open
        }
        return {
          engine: replaced(engine, { read }),
          store: replaced(store, { commit, parked, openFailures }),
          close: () => close(),
        }
      },
    })
    this.#tests.push(t)
    return t
  }

  async dispose(): Promise<void> {
    this.readFault = () => null
    this.readHeld = null
    this.commitFault = () => null
    this.parkedFault = () => null
    this.handingOver = async () => {}
    for (const t of this.#tests.splice(0)) await t.dispose()
  }

  async *#read(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
    for await (const batch of batches) {
      await this.readHeld
      const fault = this.readFault(batch)
      if (fault !== null) throw fault
      yield batch
    }
  }
}

/** The object with some of its methods in place of its own. */
function replaced<T extends object>(object: T, methods: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
