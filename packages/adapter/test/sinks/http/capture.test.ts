import { afterEach, describe, expect, it } from 'vitest'
import { http } from '#dist/sinks/http.js'
import { HttpBench } from './sink-bench.js'

const bench = new HttpBench()
afterEach(() => bench.close())

const capture = { schedulingId: 'id', slot: 'slots[0].name', open: 'open', deep: 'a.b', list: 'slots' }

async function answered(body: string, contentType = 'application/json', status = 201) {
  const url = await bench.http((_, response) => void response.writeHead(status, { 'content-type': contentType }).end(body))
  return bench.send({ url, capture })
}

describe('what a sink takes out of an answer', () => {
  it('is at the paths that were given: texts, numbers, true and false', async () => {
    const outcome = await answered(JSON.stringify({ id: 'S-17', slots: [{ name: 4 }], open: false, other: 1 }))
    expect(outcome).toMatchObject({ outcome: 'done', status: 201, detail: { captured: { schedulingId: 'S-17', slot: 4, open: false } } })
    expect(outcome.detail?.errorClass).toBeUndefined()
    expect(Object.keys(outcome.detail?.captured ?? {})).toEqual(['schedulingId', 'slot', 'open'])
  })

  it('is read from every kind of JSON, and from answers that come in pieces and over 4 KiB', async () => {
    expect((await answered('{"id":7}', 'application/vnd.city+json; charset=utf-8')).detail?.captured).toEqual({ schedulingId: 7 })
    const url = await bench.http((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write(`{"padding":"${'ü'.repeat(20_000)}`)
      setTimeout(() => response.end('","id":"late"}'), 20)
    })
    expect((await bench.send({ url, capture })).detail?.captured).toEqual({ schedulingId: 'late' })
  })

  it('is nothing where the answer has none of it, or leads elsewhere than was thought', async () => {
    expect((await answered('{"id":null,"a":[{"b":1}]}')).detail?.captured).toEqual({})
    expect((await answered('[1,2]')).detail?.captured).toEqual({})
    expect((await answered(`{"id":"${'x'.repeat(501)}"}`)).detail?.captured).toEqual({})
  })

  it('leaves an event done whose answer is no JSON, and says so in its class', async () => {
    for (const outcome of [await answered('<p>', 'text/html'), await answered('{"id":'), await answered('')])
      expect(outcome).toMatchObject({ outcome: 'done', detail: { errorClass: 'answer' } })
  })

  it('is nothing of an answer that refuses', async () => {
    const outcome = await answered('{"id":"S-17"}', 'application/json', 422)
    expect(outcome).toMatchObject({ outcome: 'refused' })
    expect(outcome.detail?.captured).toBeUndefined()
  })

  it.each<[unknown, string]>([
    [[], '/capture'],
    [{}, '/capture'],
    ['id', '/capture'],
    [{ 'a b': 'id' }, '/capture/a b'],
    [{ id: 7 }, '/capture/id'],
    [{ id: '' }, '/capture/id'],
    [{ id: '$' }, '/capture/id'],
    [{ id: '$event.id' }, '/capture/id'],
    [{ id: '"text"' }, '/capture/id'],
    [Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`n${i}`, 'id'])), '/capture'],
  ])('finds fault with capture: %j', (faulty, pointer) => {
    expect(() => http({ url: 'https://x.gov', capture: faulty } as never)).toThrow(
      expect.objectContaining({ code: 'invalid_config', faults: [expect.objectContaining({ pointer })] }),
    )
  })
})
