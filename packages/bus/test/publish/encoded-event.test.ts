import { describe, expect, it } from 'vitest'
import { EncodedEvent } from '#dist/publish/encoded-event.js'

const of = { id: 'e1', source: 'city', key: null, received: 1_700_000_000_000 }

function encoded(payload: string): EncodedEvent {
  return new EncodedEvent(of, '{"id":"e1","payload":', payload)
}

describe('an encoded event', () => {
  it('gives its body back, again and again', () => {
    const event = encoded('{"address":"100 Main Street"}')
    expect(event.body).toBe('{"id":"e1","payload":{"address":"100 Main Street"}}')
    expect(event.body).toBe(event.body)
    expect(event.bodyBytes).toBe(Buffer.byteLength(event.body))
    expect(event).toMatchObject(of)
  })

  it.each(['é', 'Straße 1', '日本', '😀', '\u0000', 'ÿ'.repeat(1_000)])('keeps text beyond ASCII: %s', (text) => {
    const event = encoded(JSON.stringify({ text }))
    expect(event.body).toBe(`{"id":"e1","payload":${JSON.stringify({ text })}}`)
    expect(event.bodyBytes).toBe(Buffer.byteLength(event.body))
  })

  it('keeps apart what lies side by side, over the ends of blocks, and what is larger than a block', () => {
    const payloads = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ i, text: (i % 3 === 0 ? 'ü' : 'u').repeat((i * 7_919) % 3_000) }),
    )
    payloads.splice(250, 0, JSON.stringify('x'.repeat(300_000)))
    const events = payloads.map(encoded)
    for (const [i, event] of events.entries()) expect(event.body).toBe(`{"id":"e1","payload":${payloads[i]}}`)
  })
})
