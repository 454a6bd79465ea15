import { afterEach, describe, expect, it } from 'vitest'
import { TroubledStorage } from '../troubled-storage.js'

const large = 'x'.repeat(40 * 1024 * 1024)

describe('what waits behind a look at the log', () => {
  const troubled = new TroubledStorage()
  afterEach(() => troubled.dispose())

  it('is bounded in bytes: more is told to come back', async () => {
    const t = await troubled.bus()
    await t.start({ permits: {} })
    const publish = (id: string, payload: string) => t.bus.publish({ name: 'clerk' }, 'permits', [{ id, payload }])
    await publish('first', 'small')
    let goOn = () => {}
    troubled.readHeld = new Promise<void>((resolve) => (goOn = resolve))
    const repeated = publish('first', 'small')
    const waiting = publish('second', large)
    await expect(publish('third', large)).rejects.toMatchObject({ code: 'overloaded' })
    goOn()
    troubled.readHeld = null
    expect(await repeated).toMatchObject([{ duplicate: true }])
    expect(await waiting).toMatchObject([{ status: 201 }])
    expect(await publish('third', large)).toMatchObject([{ status: 201 }])
  })
})
