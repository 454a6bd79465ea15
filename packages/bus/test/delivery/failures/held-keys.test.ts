import { afterEach, expect, it } from 'vitest'
import { BusTest, numbers } from '#dist/testing/bus-test.js'
import { freshEmbedded } from '../../storage.js'

const opened: BusTest[] = []
afterEach(async () => {
  for (const t of opened.splice(0)) await t.dispose()
})

it('holds every key with a dead letter after a restart, also those beyond what the store lists', async () => {
  const storage = await freshEmbedded()
  const t = new BusTest({
    dispose: () => storage.dispose(),
    async open() {
      const open = await storage.open()
      const { openFailures } = open.store
      open.store.openFailures = async (...place) => {
        const found = await openFailures.apply(open.store, place)
        return { ...found, openKeys: found.openKeys.slice(0, 1), moreOpenKeys: found.openKeys.length > 1 }
      }
      return open
    },
  })
  opened.push(t)
  await t.start({ permits: { onFailure: 'park' } })
  const before = await t.join('scheduling', ['permits'], { policy: { target: {} } })
  await t.publishAll('permits', [1, 2, 3], (n) => `key-${n}`)
  for (const delivery of await before.take(3)) await before.settle(delivery, { outcome: 'refused', reason: 'no such inspector' })
  await t.publishAll('permits', [4], () => 'key-2')
  await t.restart()
  const after = await t.join('scheduling', ['permits'], { policy: { target: {} } })
  await t.publishAll('permits', [5, 6, 7], (n) => `key-${n - 4}`)
  await t.publishAll('permits', [8], () => 'other')
  expect(numbers([await after.next()])).toEqual([8])
  expect(after.waiting).toBe(0)
})
