import { describe, expect, it } from 'vitest'
import { encodeEvent } from '#dist/publish/envelope.js'
import { newEventId } from '#dist/publish/event-id.js'
import { payloadText } from '#dist/publish/payload.js'

describe('a payload', () => {
  it('given as a string is JSON text and travels as it is', () => {
    expect(payloadText('{"big":12345678901234567890}')).toBe('{"big":12345678901234567890}')
  })

  it('given as other text is a fault that does not repeat the text', () => {
    const publish = (): string => payloadText('secret words')
    expect(publish).toThrow(expect.objectContaining({ code: 'invalid_json', message: expect.stringContaining('JSON.stringify') }))
    try {
      publish()
    } catch (error) {
      expect(String(error) + String((error as Error).cause)).not.toContain('secret')
    }
  })

  it('has its dates as ISO text and leaves out what is undefined', () => {
    expect(payloadText({ at: new Date(0), gone: undefined })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = { again: cyclic }
  it.each([
    ['undefined', undefined, ''],
    ['a function', { a: { 'b/c': () => 1 } }, '/a/b~1c'],
    ['a symbol', [Symbol('x')], '/0'],
    ['a bigint', { n: 1n }, '/n'],
    ['NaN', { list: [0, Number.NaN] }, '/list/1'],
    ['undefined in a list', [1, undefined], '/1'],
    ['a Map', { m: new Map() }, '/m'],
    ['a cycle', cyclic, '/self/again'],
  ])('refuses %s and says where', (_, payload, pointer) => {
    expect(() => payloadText(payload)).toThrow(
      expect.objectContaining({ code: 'invalid_event', faults: [expect.objectContaining({ pointer })] }),
    )
  })

  it('may be nested as deep as the bus takes it and no deeper, as a value or as text', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(payloadText(nested(32))).toBe(nested(32))
    expect(payloadText(JSON.parse(nested(32)))).toBe(nested(32))
    expect(() => payloadText(nested(33))).toThrow(expect.objectContaining({ code: 'too_deep' }))
    expect(() => payloadText(JSON.parse(nested(33)))).toThrow(expect.objectContaining({ code: 'too_deep' }))
  })

  it('may hold the same object twice', () => {
    const address = { street: 'Main' }
    expect(payloadText([address, address])).toBe('[{"street":"Main"},{"street":"Main"}]')
  })
})

describe('an envelope', () => {
  it('carries the options as the wire names them', () => {
    const { id, text, bytes } = encodeEvent(
      { ü: 1 },
      { id: 'a"b', key: 'k', version: 2, time: new Date(0), type: 't', qos: 'exactly_once', traceparent: '00-1' },
    )
    expect(id).toBe('a"b')
    expect(JSON.parse(text)).toEqual({
      id: 'a"b',
      key: 'k',
      version: 2,
      time: '1970-01-01T00:00:00.000Z',
      type: 't',
      qos: 'exactly_once',
      traceparent: '00-1',
      payload: { ü: 1 },
    })
    expect(bytes).toBe(Buffer.byteLength(text))
  })

  it.each([{ id: '' }, { version: 0 }, { time: new Date(Number.NaN) }])('refuses %o', (options) => {
    expect(() => encodeEvent({}, options)).toThrow(expect.objectContaining({ code: 'invalid_event' }))
  })
})

describe('an event id', () => {
  it('is a UUIDv7 of this millisecond, and each is greater than the one before', () => {
    const before = Date.now()
    const ids = Array.from({ length: 20_000 }, newEventId)
    expect(ids.at(0)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const ms = Number.parseInt(String(ids.at(0)).replaceAll('-', '').slice(0, 12), 16)
    expect(ms).toBeGreaterThanOrEqual(before)
    expect(ms).toBeLessThanOrEqual(Date.now())
    expect(ids.every((id, i) => i === 0 || id > String(ids.at(i - 1)))).toBe(true)
  })
})
