import { afterEach, describe, expect, it } from 'vitest'
import type { Engine } from '#dist/engines/engine.js'
import { BusTest } from '#dist/testing/index.js'
import { freshEmbedded } from '../storage.js'

/** A gate in front of one call of the engine: the test says when it goes on. */
class Held {
  #open: (() => void) | null = null
  #wait: Promise<void> | null = null

  hold(): void {
    this.#wait = new Promise((resolve) => {
      this.#open = resolve
    })
  }
  release(): void {
    this.#open?.()
    this.#wait = null
  }
  async pass(): Promise<void> {
    await this.#wait
  }
}

/** The embedded engine, whose appends and whose look-ups of single events the test can hold up. */
async function heldBus() {
  const [appends, lookUps] = [new Held(), new Held()]
  const storage = await freshEmbedded()
  const test = new BusTest({
    async open() {
      const opened = await storage.open()
      const engine = new Proxy<Engine>(opened.engine, {
        get(target, name) {
          if (name === 'append') {
            return async (...args: Parameters<Engine['append']>) => {
              await appends.pass()
              return target.append(...args)
            }
          }
          if (name === 'read') {
            return async function* (...args: Parameters<Engine['read']>) {
              await lookUps.pass()
              yield* target.read(...args)
            }
          }
          const value = Reflect.get(target, name) as unknown
          return typeof value === 'function' ? value.bind(target) : value
        },
      })
      return { engine, store: opened.store, close: () => opened.close() }
    },
    dispose: () => storage.dispose(),
  })
  await test.start({ permits: {} })
  return { test, appends, lookUps }
}

describe('an id that comes again', () => {
  let held: Awaited<ReturnType<typeof heldBus>>
  afterEach(async () => {
    held.appends.release()
    held.lookUps.release()
    await held.test.dispose()
  })

  it('is a duplicate while its first event is still on the way to the disk', async () => {
    held = await heldBus()
    const { test, appends } = held
    appends.hold()
    const first = test.publish('permits', { n: 1 }, { id: 'one' })
    const second = test.publish('permits', { n: 1 }, { id: 'one' })
    appends.release()
    expect(await first).toMatchObject({ status: 201 })
    expect(await second).toMatchObject({ status: 200, duplicate: true })
    expect(await test.read('permits')).toHaveLength(1)
  })

  it('is a duplicate when its first event became durable while another id of the batch was looked up', async () => {
    held = await heldBus()
    const { test, appends, lookUps } = held
    await test.publish('permits', { n: 0 }, { id: 'known' })
    appends.hold()
    const first = test.publish('permits', { n: 1 }, { id: 'one' })
    lookUps.hold()
    const batch = test.bus.publish({ name: 'clerk' }, 'permits', [
      { id: 'known', payload: { n: 0 } },
      { id: 'one', payload: { n: 1 } },
    ])
    appends.release()
    expect(await first).toMatchObject({ status: 201 })
    lookUps.release()
    expect(await batch).toMatchObject([
      { status: 200, duplicate: true },
      { status: 200, duplicate: true },
    ])
    expect(await test.read('permits')).toHaveLength(2)
  })
})
