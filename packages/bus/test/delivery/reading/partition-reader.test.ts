import { describe, expect, it } from 'vitest'
import { PartitionReader } from '#dist/delivery/reading/partition-reader.js'
import type { Engine } from '#dist/engines/engine.js'
import type { Topic } from '#dist/publish/topic.js'

describe('PartitionReader', () => {
  it('ends when the engine does while it lags', async () => {
    let reads = 0
    const over = {
      // Asking again and again would starve the loop, and this test with it.
      next: () =>
        ++reads > 100 ? Promise.reject(new Error('It asks again and again.')) : Promise.resolve({ done: true, value: undefined }),
    }
    const engine = { read: () => ({ [Symbol.asyncIterator]: () => over }) } as unknown as Engine
    const nothingInMemory = { take: () => null, forget() {} }
    const topic = { name: 'permits', tails: [nothingInMemory] } as unknown as Topic
    expect(await new PartitionReader(engine, topic, 0, 1n).next(10)).toBeNull()
    expect(reads).toBe(1)
  })
})
