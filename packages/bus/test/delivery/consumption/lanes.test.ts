import { describe, expect, it } from 'vitest'
import { type Entry, Lanes } from '#dist/delivery/consumption/lanes.js'
import type { OutgoingEvent } from '#dist/event.js'
import { collectGarbage } from '../../garbage.js'

const bodyBytes = 1024 * 1024

function event(offset: number, key: string): OutgoingEvent {
  const wire = 'x'.repeat(bodyBytes)
  return { topic: 't', partition: 0, offset: BigInt(offset), key, id: `e${offset}`, source: 's', received: 0, wire }
}

describe('the text that lanes hold', () => {
  it('is none when all is settled, also where one look into the log fed two keys whose turn had come', () => {
    const lanes = new Lanes(0n)
    const entries: Entry[] = []
    // The first ten are more than blocked events may hold; what comes after them has let its text go.
    const keys = ['a', 'b', ...Array.from({ length: 8 }, () => 'c'), 'a', 'b', 'a', 'b']
    for (const [i, key] of keys.entries()) entries.push(lanes.accept(event(i + 1, key), 0, false))
    while (lanes.take() !== null);
    const [a, b] = [lanes.finish(entries[0]!)!, lanes.finish(entries[1]!)!]
    expect([a.event, b.event]).toEqual([null, null])
    // Room again for the text of what is blocked.
    for (let next: Entry | null = entries[2]!; next !== null; ) next = lanes.finish(next)
    const filled = lanes.refill(
      a,
      keys.slice(10).map((key, i) => event(i + 11, key)),
      new Map([a, b].map((entry) => [entry.offset, entry])),
    )
    expect(filled).toEqual([a, b])
    for (let next: Entry | null = a; next !== null; ) next = lanes.finish(next)
    for (let next: Entry | null = b; next !== null; ) next = lanes.finish(next)
    expect([lanes.size, lanes.heldBytes]).toEqual([0, 0])
  })

  it('is let go by what is settled: an old record must not keep it alive', () => {
    const lanes = new Lanes(0n)
    const entry = lanes.accept(event(1, 'a'), 0, false)
    lanes.take()
    lanes.finish(entry)
    expect(entry.event).toBeNull()
  })

  it('lets go of what was taken and settled', async () => {
    const lanes = new Lanes(0n)
    const taken: WeakRef<OutgoingEvent>[] = []
    for (let i = 1; i <= 50; i++) {
      lanes.accept(event(i, `k${i}`), 0, false)
      const entry = lanes.take()!
      taken.push(new WeakRef(entry.event!))
      lanes.finish(entry)
    }
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect(taken.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(5)
  })
})
