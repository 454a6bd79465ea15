import assert from 'node:assert/strict'
import type { BusTest } from '../bus-test.js'
import type { Case } from '../suite.js'

export const publishing: readonly Case<BusTest>[] = [
  {
    name: 'answers a publish with 201, the id and a position, and the event is there',
    async run(t) {
      await t.start({ permits: {} })
      const result = await t.publish('permits', { permitId: 7 }, { id: 'a' })
      assert.equal(result.status, 201)
      assert.equal('id' in result && result.id, 'a')
      const [event] = await t.read('permits')
      assert.deepEqual(event?.payload, { permitId: 7 })
      assert.equal(event?.source, 'clerk')
      assert.equal('position' in result && result.position, event?.position)
    },
  },
  {
    name: 'gives an event that came without an id one of its own',
    async run(t) {
      await t.start({ permits: {} })
      const [first, second] = [await t.publish('permits', {}), await t.publish('permits', {})]
      assert.ok('id' in first && 'id' in second && first.id !== second.id)
    },
  },
  {
    name: 'stores an event sent twice once, and answers the second with the first position',
    async run(t) {
      await t.start({ permits: {} })
      const first = await t.publish('permits', { permitId: 7 }, { id: 'a' })
      const second = await t.publish('permits', { permitId: 7 }, { id: 'a' })
      assert.deepEqual(second, { ...first, status: 200, duplicate: true })
      assert.equal((await t.read('permits')).length, 1)
    },
  },
  {
    name: 'stores an event sent twice at the same time once',
    async run(t) {
      await t.start({ permits: {} })
      const results = await Promise.all([1, 2, 3].map(() => t.publish('permits', { permitId: 7 }, { id: 'a' })))
      assert.deepEqual(
        results.map((result) => result.status).sort((a, b) => a - b),
        [200, 200, 201],
      )
      assert.equal((await t.read('permits')).length, 1)
    },
  },
  {
    name: 'knows an event again after a restart',
    async run(t) {
      await t.start({ permits: {} })
      await t.publish('permits', { permitId: 7 }, { id: 'a' })
      await t.restart()
      assert.equal((await t.publish('permits', { permitId: 7 }, { id: 'a' })).status, 200)
    },
  },
  {
    name: 'knows an event again after a crash',
    async run(t) {
      await t.start({ permits: {} })
      await t.publish('permits', { permitId: 7 }, { id: 'a' })
      await t.crash()
      assert.equal((await t.publish('permits', { permitId: 7 }, { id: 'a' })).status, 200)
    },
  },
  {
    name: 'refuses an id with other content with 409 and stores nothing',
    async run(t) {
      await t.start({ permits: {} })
      await t.publish('permits', { permitId: 7 }, { id: 'a' })
      const second = await t.publish('permits', { permitId: 8 }, { id: 'a' })
      assert.equal(second.status, 409)
      assert.equal('error' in second && second.error.code, 'id_reused')
      assert.equal((await t.read('permits')).length, 1)
    },
  },
  {
    name: 'takes content by value: the order of fields does not matter',
    async run(t) {
      await t.start({ permits: {} })
      await t.publish('permits', { a: 1, b: [2, { c: 3, d: 4 }] }, { id: 'a' })
      assert.equal((await t.publish('permits', { b: [2, { d: 4, c: 3 }], a: 1 }, { id: 'a' })).status, 200)
    },
  },
  {
    name: 'keeps ids of different sources and topics apart',
    async run(t) {
      await t.start({ permits: {}, clinics: {} })
      assert.equal((await t.publish('permits', { n: 1 }, { id: 'a', as: 'one' })).status, 201)
      assert.equal((await t.publish('permits', { n: 2 }, { id: 'a', as: 'two' })).status, 201)
      assert.equal((await t.publish('clinics', { n: 3 }, { id: 'a', as: 'one' })).status, 201)
    },
  },
  {
    name: 'gives each event of a batch its own outcome, in order',
    async run(t) {
      await t.start({ permits: { key: ['permitId'] } })
      const results = await t.bus.publish({ name: 'clerk' }, 'permits', [
        { payload: { permitId: 1 }, id: 'a' },
        { payload: {}, id: 'b' },
        { payload: { permitId: 1 }, id: 'a' },
        { payload: { permitId: 3 }, id: 'c' },
      ])
      assert.deepEqual(
        results.map((result) => result.status),
        [201, 422, 200, 201],
      )
      assert.deepEqual(
        (await t.read('permits')).map((event) => event.id),
        ['a', 'c'],
      )
    },
  },
  {
    name: 'takes the key from the payload, as a string, and refuses a payload without it',
    async run(t) {
      await t.start({ permits: { key: ['permit', 'id'] } })
      await t.publish('permits', { permit: { id: 7 } })
      assert.equal((await t.read('permits'))[0]?.key, '7')
      const refused = await t.publish('permits', { permit: {} })
      assert.equal('error' in refused && refused.error.code, 'key_missing')
    },
  },
  {
    name: 'refuses a key that is a number beyond what can be told apart',
    async run(t) {
      await t.start({ permits: { key: ['id'] } })
      for (const text of ['9007199254740993', '12345678901234567890', '1e400', '-1e400']) {
        const result = await t.publish('permits', { id: JSON.parse(text) as number })
        assert.deepEqual('error' in result && [result.error.code, result.error.errors?.[0]?.pointer], ['invalid_event', '/id'])
      }
      for (const id of [9_007_199_254_740_991, -5, 0.5]) await t.publish('permits', { id })
      assert.deepEqual(
        (await t.read('permits')).map(({ key }) => key),
        ['9007199254740991', '-5', '0.5'],
      )
    },
  },
  {
    name: 'refuses a publish that asks for another QoS',
    async run(t) {
      await t.start({ permits: { qos: 'exactly_once' } })
      const [result] = await t.bus.publish({ name: 'clerk' }, 'permits', [{ payload: {}, qos: 'at_least_once' }])
      assert.equal(result?.status, 422)
    },
  },
  {
    name: 'names the nearest topic when there is none of that name',
    async run(t) {
      await t.start({ permitApproved: {} })
      await assert.rejects(t.publish('permitAproved', {}), /permitApproved/)
    },
  },
  {
    name: 'counts an event that no group takes, and keeps it',
    async run(t) {
      await t.start({ permits: {} })
      await t.publish('permits', { n: 1 })
      const info = await t.bus.topic({ name: 'operator' }, 'permits')
      assert.deepEqual([info.published, info.unrouted, info.events], [1, 1, 1])
    },
  },
  {
    name: 'keeps publishes of one caller in their order, also around one that is known already',
    async run(t) {
      await t.start({ permits: {} })
      await t.publishAll('permits', [1])
      await Promise.all([2, 1, 3, 1, 4].map((n) => t.publish('permits', { n }, { id: `permits-${n}` })))
      assert.deepEqual(
        (await t.read('permits')).map((event) => event.id),
        [1, 2, 3, 4].map((n) => `permits-${n}`),
      )
    },
  },
]
