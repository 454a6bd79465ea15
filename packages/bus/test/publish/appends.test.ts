import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SyncBus } from '#dist/bus.js'
import type { Engine } from '#dist/engines/engine.js'
import { BusTest } from '#dist/testing/index.js'
import { freshEmbedded } from '../storage.js'

describe('events on their way to the engine', () => {
  let test: BusTest
  let bus: SyncBus
  let appends: number[]

  /** The embedded engine, and how many events each append brought it. */
  beforeEach(async () => {
    appends = []
    const storage = await freshEmbedded()
    test = new BusTest({
      async open() {
        const opened = await storage.open()
        const engine = new Proxy<Engine>(opened.engine, {
          get(target, name) {
            const value = Reflect.get(target, name) as unknown
            if (name === 'append') {
              return (...args: Parameters<Engine['append']>) => {
                appends.push(args[2].length)
                return target.append(...args)
              }
            }
            return typeof value === 'function' ? value.bind(target) : value
          },
        })
        return { engine, store: opened.store, close: () => opened.close() }
      },
      dispose: () => storage.dispose(),
    })
    bus = await test.start({ permits: {} })
  })
  afterEach(() => test.dispose())

  const publishOneByOne = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, permitId) => bus.publish({ name: 'clerk' }, 'permits', [{ payload: { permitId } }])))

  it('travel together when one turn of the loop brings them', async () => {
    await publishOneByOne(5)
    expect(appends).toEqual([5])
  })

  it('keep the disk busy while a turn is still bringing more, and leave together once it is', async () => {
    const results = (await publishOneByOne(100)).flat()
    expect(appends).toEqual([32, 32, 36])
    const positions = results.map((result) => ('position' in result ? result.position : null))
    expect(positions).toEqual(Array.from({ length: 100 }, (_, i) => `0-${i + 1}`))
  })

  it('are split where they would be more than a commit takes', async () => {
    await bus.publish(
      { name: 'clerk' },
      'permits',
      Array.from({ length: 1_000 }, (_, permitId) => ({ payload: { permitId } })),
    )
    expect(appends).toEqual([512, 488])
  })
})
