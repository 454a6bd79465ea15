import { describe, expect, it } from 'vitest'
import { PartitionReader } from '#dist/delivery/reading/partition-reader.js'
import type { Batch, Engine } from '#dist/engines/engine.js'
import type { Topic } from '#dist/publish/topic.js'

describe('PartitionReader', () => {
  it('ends when the engine does while it lags', async () => {
    let reads = 0
    const engine = {
      async *read(): AsyncGenerator<Batch> {
        // Asking again and again would starve the loop, and this test with it.
        if (++reads > 100) throw new Error('It asks again and again.')
      },
    } as unknown as Engine
    const nothingInMemory = { take: () => null, forget() {} }
    const topic = { name: 'permits', tails: [nothingInMemory] } as unknown as Topic
    expect(await new PartitionReader(engine, topic, 0, 1n).next(10)).toBeNull()
    expect(reads).toBe(1)
  })
})
