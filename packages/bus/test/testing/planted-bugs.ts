import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Engine } from '#dist/engines/engine.js'
import type { Store } from '#dist/store/store.js'
import { type BusStorage, busCases, runBusCase } from '#dist/testing/index.js'
import { freshEmbedded } from '../storage.js'

/** A bug in the bus, or in the engine or the store below it, and the case that must catch it. */
export interface Plant {
  readonly bug: string
  readonly caughtBy: string
  readonly plant?: () => void
  readonly engine?: (engine: Engine) => Engine
  readonly store?: (store: Store) => Store
}

/** Each bug must be caught by the case that it names, which holds without it. */
export function describePlants(what: string, plants: readonly Plant[]): void {
  afterEach(() => vi.restoreAllMocks())
  describe(what, () => {
    for (const plant of plants) {
      it(`is caught: ${plant.bug}`, async () => {
        const one = busCases.find((candidate) => candidate.name === plant.caughtBy)
        expect(one, `there is no case named "${plant.caughtBy}"`).toBeDefined()
        await runBusCase(one!, freshEmbedded)
        plant.plant?.()
        await expect(runBusCase(one!, async () => withBugs(await freshEmbedded(), plant))).rejects.toThrow()
      })
    }
  })
}

/** The same object with some methods replaced; the rest keep their own `this`. */
export function overlay<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (name in methods) return methods[name as keyof T]
      const value = target[name as keyof T]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function withBugs(storage: BusStorage, { engine = (same) => same, store = (same) => same }: Plant): BusStorage {
  return {
    dispose: () => storage.dispose(),
    async open() {
      const open = await storage.open()
      return { engine: engine(open.engine), store: store(open.store), close: () => open.close() }
    },
  }
}
