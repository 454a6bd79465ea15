import { describe, expect, it } from 'vitest'
import { openServer, problemOf, rawSocket } from './open-server.js'

const pull = '/v1/groups/clinic/pull'
const turn = () => new Promise((resolve) => setImmediate(resolve))

interface Answer {
  readonly deliveries: readonly {
    readonly token: string
    readonly attempt: number
    readonly deadline: string
    readonly event: { readonly id: string }
  }[]
}

describe('pulling from a group', () => {
  it('answers what is there at once, as one answer', async () => {
    const server = await openServer()
    for (let i = 0; i < 3; i++) server.bus.append({ i })
    const { deliveries } = (await (await server.post(pull, { topics: ['permits'], max: 2, wait: '20s' })).json()) as Answer
    expect(deliveries).toMatchObject([
      { token: 't0', attempt: 1, event: { id: 'e0' } },
      { token: 't1', attempt: 1, event: { id: 'e1' } },
    ])
    expect(Date.parse(deliveries[0]!.deadline)).toBeGreaterThan(Date.now())
  })

  it('waits for the first delivery and no longer', async () => {
    const server = await openServer()
    const answer = server.post(pull, { topics: ['permits'], wait: '20s' })
    while (server.bus.members.size === 0) await turn()
    server.bus.append({ permitId: 7 })
    expect(((await (await answer).json()) as Answer).deliveries).toHaveLength(1)
  })

  it('answers none when the time runs out, and asks for nothing behind the caller’s back', async () => {
    const server = await openServer()
    expect(await (await server.post(pull, { topics: ['permits'], wait: '1ms' })).json()).toEqual({ deliveries: [] })
    const [member] = server.bus.members
    expect(member!.credit).toBe(0)
  })

  it('keeps the membership after the answer, because the lease hangs on it, and shares it with later pulls', async () => {
    const server = await openServer()
    server.bus.append(1)
    await server.post(pull, { topics: ['permits'], max: 100 })
    const [member] = server.bus.members
    expect([member!.left, member!.credit]).toEqual([false, 0])
    server.bus.append(2)
    const { deliveries } = (await (await server.post(pull, { topics: ['permits'] })).json()) as Answer
    expect([deliveries[0]!.event.id, server.bus.members.size]).toEqual(['e1', 1])
  })

  it('gives two waiting callers one delivery each rather than one caller both', async () => {
    const server = await openServer()
    const first = server.post(pull, { topics: ['permits'], max: 1, wait: '20s' })
    const second = server.post(pull, { topics: ['permits'], max: 1, wait: '20s' })
    while ([...server.bus.members].reduce((sum, { credit }) => sum + credit, 0) < 2) await turn()
    server.bus.append(1)
    server.bus.append(2)
    const answers = (await Promise.all([first, second].map(async (answer) => (await answer).json()))) as Answer[]
    expect(answers.flatMap(({ deliveries }) => deliveries.map(({ event }) => event.id)).sort()).toEqual(['e0', 'e1'])
  })

  it('hands on nothing to a caller that hung up', async () => {
    const server = await openServer()
    const { socket } = await rawSocket(server.port)
    const body = JSON.stringify({ topics: ['permits'], wait: '60s' })
    socket.write(
      `POST ${pull} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    while ([...server.bus.members].every(({ credit }) => credit === 0)) await turn()
    socket.destroy()
    const [member] = server.bus.members
    while (member!.credit > 0) await turn()
    server.bus.append(1)
    const { deliveries } = (await (await server.post(pull, { topics: ['permits'] })).json()) as Answer
    expect(deliveries).toMatchObject([{ attempt: 1, event: { id: 'e0' } }])
  })

  it('hands back at once what came for a caller that hung up in the same moment', async () => {
    const server = await openServer()
    const { socket } = await rawSocket(server.port)
    const body = JSON.stringify({ topics: ['permits'], wait: '60s' })
    socket.write(
      `POST ${pull} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    while ([...server.bus.members].every(({ credit }) => credit === 0)) await turn()
    // More than the socket takes, so that the answer is still under way when the caller leaves.
    server.bus.append('x'.repeat(20_000_000))
    socket.pause()
    while ([...server.bus.members].some(({ credit }) => credit > 0)) await turn()
    socket.destroy()
    while (server.bus.handedBack.length === 0) await turn()
    expect(server.bus.handedBack).toEqual(['t0'])
  })

  it('tells waiting callers why when the server closes, and leaves the group', async () => {
    const server = await openServer()
    const answer = server.post(pull, { topics: ['permits'], wait: '60s' })
    while (server.bus.members.size === 0) await turn()
    const [member] = server.bus.members
    await Promise.all([server.close(), answer])
    const refused = await answer
    expect([refused.headers.get('connection'), (await problemOf(refused)).code, member!.left]).toEqual(['close', 'shutting_down', true])
  })

  it('tells waiting callers why when the bus ends the membership', async () => {
    const server = await openServer()
    const answer = server.post(pull, { topics: ['permits'], wait: '60s' })
    while (server.bus.members.size === 0) await turn()
    for (const member of server.bus.members) member.receiver.ended(new Error('secret detail'))
    const problem = await problemOf(await answer)
    expect([problem.code, problem.detail.includes('secret')]).toEqual(['internal', false])
    server.bus.append(1)
    expect((await server.post(pull, { topics: ['permits'] })).status).toBe(200)
  })

  it('tells of events trimmed before the group got them', async () => {
    const server = await openServer()
    const answer = server.post(pull, { topics: ['permits'], wait: '20s' })
    while (server.bus.members.size === 0) await turn()
    for (const { receiver } of server.bus.members) receiver.gap({ topic: 'permits', partition: 0, first: 3n, last: 9n })
    server.bus.append(1)
    expect(await (await answer).json()).toMatchObject({ gaps: [{ topic: 'permits', first: '0-3', last: '0-9' }] })
  })

  it('takes the topics of the group when none are named', async () => {
    const server = await openServer()
    server.bus.append(1)
    expect(((await (await server.post(pull, {})).json()) as Answer).deliveries).toHaveLength(1)
    expect(await problemOf(await server.post('/v1/groups/nobody/pull', {}))).toMatchObject({ status: 404, code: 'unknown_group' })
  })

  it.each([
    [{ max: 0 }, '/max'],
    [{ max: 1001 }, '/max'],
    [{ wait: '61s' }, '/wait'],
    [{ wait: 5 }, '/wait'],
    [{ wait: 'soon' }, '/wait'],
    [{ topics: 'permits' }, '/topics'],
    [{ topics: [] }, '/topics'],
    [{ colour: 'red' }, '/colour'],
  ])('refuses %j', async (body, pointer) => {
    const server = await openServer()
    expect(await problemOf(await server.post(pull, { topics: ['permits'], ...body }))).toMatchObject({ status: 400, errors: [{ pointer }] })
  })

  it('refuses a group name that is none', async () => {
    const server = await openServer()
    expect(await problemOf(await server.post('/v1/groups/a%20b/pull', { topics: ['permits'] }))).toMatchObject({
      status: 400,
      code: 'invalid_request',
    })
  })
})

describe('settling what was pulled', () => {
  it('acknowledges, asks again and prolongs by token, with a result each', async () => {
    const server = await openServer()
    expect(await (await server.post('/v1/groups/clinic/ack', { tokens: ['t1', 'old'] })).json()).toEqual({ results: ['ok', 'expired'] })
    await server.post('/v1/groups/clinic/nack', { tokens: ['t2'], delay: '5s', reason: 'busy' })
    await server.post('/v1/groups/clinic/extend', { tokens: ['t3'], delay: '2m' })
    expect(server.bus.settlements.map(({ settlements }) => settlements)).toEqual([
      [
        { token: 't1', outcome: { outcome: 'done' } },
        { token: 'old', outcome: { outcome: 'done' } },
      ],
      [{ token: 't2', outcome: { outcome: 'retry', delayMs: 5_000, reason: 'busy' } }],
      [{ token: 't3', outcome: { outcome: 'extend', byMs: 120_000 } }],
    ])
  })

  it.each([
    ['ack', {}, '/tokens'],
    ['ack', { tokens: [] }, '/tokens'],
    ['ack', { tokens: [1] }, '/tokens'],
    ['ack', { tokens: ['t1'], delay: '1s' }, '/delay'],
    ['nack', { tokens: ['t1'], delay: '31d' }, '/delay'],
    ['nack', { tokens: ['t1'], reason: 7 }, '/reason'],
  ])('refuses %s of %j', async (verb, body, pointer) => {
    const server = await openServer()
    expect(await problemOf(await server.post(`/v1/groups/clinic/${verb}`, body))).toMatchObject({ status: 400, errors: [{ pointer }] })
    expect(server.bus.settlements).toEqual([])
  })
})
