import { describe, expect, it } from 'vitest'
import { Collected } from '#dist/faults.js'
import { readSink } from '#dist/sinks/kinds.js'

describe('a sink written as data', () => {
  it('is an object of one key, the kind', async () => {
    const collected = new Collected()
    const sink = readSink({ http: { url: 'http://127.0.0.1:9/x' } }, '/to', collected)
    expect(collected.faults).toEqual([])
    expect(sink).toMatchObject({ kind: 'http', target: 'http://127.0.0.1:9' })
    await sink?.close()
  })

  it.each([
    [undefined, '/to', /write one of http/],
    ['http', '/to', /write one of http/],
    [{}, '/to', /write one of http/],
    [{ http: {}, other: {} }, '/to', /write one of http/],
    [{ htpp: {} }, '/to/htpp', /did you mean "http"/],
    [{ constructor: {} }, '/to/constructor', /no such key/],
    [{ http: 7 }, '/to/http', /the options of http/],
    [{ http: {} }, '/to/http/url', /write where events are sent/],
    [{ http: { url: 'http://127.0.0.1:9', urll: 1 } }, '/to/http/urll', /did you mean "url"/],
  ])('names the fault of %j at its place', (to, pointer, message) => {
    const collected = new Collected()
    expect(readSink(to, '/to', collected)).toBeUndefined()
    expect(collected.faults).toEqual([{ pointer, message: expect.stringMatching(message) }])
  })
})
