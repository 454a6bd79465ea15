import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawPayload, rawPayloads } from '#dist/raw-payloads.js'

/** Strings full of what a scanner could stumble over. */
const trickyText = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', ']', '}', ',', ':', 'a', 'payload', 'events', '\n', 'é') })
const payload = fc.jsonValue({ maxDepth: 4, stringUnit: fc.constantFrom('"', '\\', '[', '{', ']', '}', ',', 'a', '\n') })

describe('the texts of payloads', () => {
  it('parse to the payloads, whatever stands around and in them', () => {
    const event = fc.record({ id: trickyText, payload, key: trickyText }, { requiredKeys: ['payload'] })
    const space = fc.constantFrom('', ' ', '  \t')
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), trickyText, space, (events, topic, gap) => {
        const text = `${gap}{${gap}"topic"${gap}:${gap}${JSON.stringify(topic)},${gap}"events"${gap}:${gap}[${gap}${events
          .map((one) => JSON.stringify(one))
          .join(`${gap},${gap}`)}${gap}]${gap}}${gap}`
        expect(rawPayloads(text).map((raw) => JSON.parse(raw!) as unknown)).toEqual(
          events.map((one) => JSON.parse(JSON.stringify(one.payload))),
        )
      }),
    )
  })

  it('are those that were received, to the character', () => {
    expect(rawPayloads('{"events":[{"payload":{ "a":1.0, "b":"\\u0041" } , "id":"x"},{"payload":-0}]}')).toEqual([
      '{ "a":1.0, "b":"\\u0041" }',
      '-0',
    ])
    expect(rawPayload(' {"id":"payload","payload" : [1,2] }')).toBe('[1,2]')
  })

  it('are the last of several, as for JSON.parse', () => {
    expect(rawPayloads('{"events":[{"payload":1}],"events":[{"payload":2,"payload":3}]}')).toEqual(['3'])
  })

  it('are not told where a name with an escape could be meant', () => {
    expect(rawPayloads('{"events":[{"payload":1,"pay\\u006coad":2},{"payload":3}]}')).toEqual([null, '3'])
    expect(rawPayloads('{"events":[{"payload":1}],"\\u0065vents":[{"payload":2}]}')).toEqual([])
  })

  it('are not told where a line breaks between them, nor of what is no event', () => {
    expect(rawPayloads('{"events":[{"payload":{\n"a":1}}\n,7,{"payload":{"a":"\\n"}},{}]}')).toEqual([null, null, '{"a":"\\n"}', null])
    expect(rawPayloads('[1]')).toEqual([])
    expect(rawPayloads('{"events":7}')).toEqual([])
    expect(rawPayload('7')).toBeNull()
  })
})
