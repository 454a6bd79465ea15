import type { FastifyReply } from 'fastify'
import type { Reading } from './reading.js'

/** Texts of events can be large: a page ends early rather than grow beyond this, and `next` goes on from there. */
const maxPageChars = 8 * 1024 * 1024

/** `{"events":[…],"next"}`, with `gaps` where events were trimmed before they could be read. */
export async function sendPage(reply: FastifyReply, reading: Reading, after: string | undefined): Promise<FastifyReply> {
  const wires: string[] = []
  const gaps: string[] = []
  let next = after
  let chars = 0
  const full = () => wires.length >= reading.limit! || chars >= maxPageChars

  for (let step = reading.first; step.done !== true && !full(); step = await reading.batches.next()) {
    const batch = step.value
    if ('gap' in batch) {
      gaps.push(JSON.stringify(batch.gap))
      next = batch.next
      continue
    }
    let taken = 0
    while (taken < batch.events.length && !full()) {
      const { wire } = batch.events[taken++]!
      wires.push(wire)
      chars += wire.length
    }
    next = taken === batch.events.length ? batch.next : batch.cursorAt(taken - 1)
  }
  reading.stop()
  const gapText = gaps.length === 0 ? '' : `,"gaps":[${gaps.join(',')}]`
  const nextText = next === undefined ? 'null' : JSON.stringify(next)
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(`{"events":[${wires.join(',')}],"next":${nextText}${gapText}}`)
}
