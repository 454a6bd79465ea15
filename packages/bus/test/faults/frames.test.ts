/** The WebSocket of a real bus under attack: the connection ends with its reason, everybody else goes on. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { WebSocket as WebSocketType } from 'ws'
import { Lives } from './lives.js'
import { ended } from './raw-request.js'
import { watchWhile } from './watched-bus.js'

const { WebSocket } = createRequire(import.meta.url)('ws') as { readonly WebSocket: typeof WebSocketType }
vi.setConfig({ testTimeout: 120_000 })
const mebibyte = 1024 * 1024
const hello = JSON.stringify({ op: 'hello', v: 1, client: 'attacker' })
const subscribe = (sub: number, more: object = {}) => JSON.stringify({ op: 'subscribe', sub, topics: ['steady'], credit: 10, ...more })

/** What each connection sends; after the last frame nothing more. */
const attacks: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'bytes that are no text': [hello, Buffer.from([0, 1, 2, 255])],
  'no JSON': ['}{'],
  'nothing but a number': ['1'],
  'a publish before hello': [JSON.stringify({ op: 'publish', ref: 1, topic: 'steady', events: [{ payload: 1 }] })],
  'another protocol': [JSON.stringify({ op: 'hello', v: 99, client: 'x' })],
  'an unknown op': [hello, '{"op":"__proto__"}'],
  'an op of the prototype': [hello, '{"op":"constructor"}'],
  'nesting without end': [
    hello,
    `{"op":"publish","ref":1,"topic":"steady","events":[{"payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`,
  ],
  'a frame that is too large': [hello, `"${'x'.repeat(2 * mebibyte)}"`],
  'a hundred thousand events in a frame': [
    hello,
    JSON.stringify({ op: 'publish', ref: 1, topic: 'steady', events: Array(50_000).fill({ payload: 1 }) }),
  ],
  'credit beyond all bounds': [
    hello,
    subscribe(1, { credit: 1e308 }),
    '{"op":"credit","sub":1,"n":-1e9}',
    '{"op":"credit","sub":1,"n":"x"}',
  ],
  'a thousand subscriptions': [hello, ...Array.from({ length: 1_000 }, (_, i) => subscribe(i, { group: `g${i}` }))],
  'names that are none': [hello, subscribe(1, { group: '../../etc' }), subscribe(2, { topics: ['x'.repeat(100_000)] })],
  'a storm of settlements': [
    hello,
    subscribe(1, { group: 'g' }),
    ...Array.from({ length: 40 }, (_, ref) =>
      JSON.stringify({ op: 'settle', ref, sub: 1, items: Array.from({ length: 5_000 }, (_, i) => ({ token: `t${i}`, outcome: 'done' })) }),
    ),
  ],
  'five thousand publishes without listening': [
    hello,
    ...Array.from({ length: 5_000 }, (_, ref) => JSON.stringify({ op: 'publish', ref, topic: 'nowhere', events: [] })),
  ],
}

it('answers hostile frames within its bounds, while publishing goes on and memory stays bounded', async () => {
  const lives = await Lives.begin({ files: { 'topics.yaml': 'steady: { key: key }\n' } })
  onTestFinished(() => lives.dispose())
  const { latencies, grownBytes } = await watchWhile(lives, async () => {
    for (const frames of Object.values(attacks)) await Promise.all(Array.from({ length: 5 }, () => attack(lives.url, frames)))
  })
  expect(grownBytes).toBeLessThan(250 * mebibyte)
  expect(Math.max(...latencies)).toBeLessThan(2_500)
  expect((await fetch(`${lives.url}/readyz`)).status).toBe(200)
})

describe('a connection', () => {
  let lives: Lives
  beforeAll(async () => {
    lives = await Lives.begin({ files: { 'topics.yaml': 'steady: { key: key }\n' } })
    return () => lives.dispose()
  })

  it.each(Object.entries(attacks).slice(0, 9))('that sends %s is ended', async (_what, frames) => {
    const { code } = await attack(lives.url, frames)
    // 1006: cut off while it still sent.
    expect([1003, 1006, 1007, 1008, 1009]).toContain(code)
  })
})

it('notices when frames have no bound (planted bug)', async () => {
  const unbounded = ['dist/server/socket.js', 'maxPayload: parts.limits.maxBodyBytes + frameRoomBytes', 'maxPayload: 2 ** 30'] as const
  const lives = await Lives.begin({
    files: { 'topics.yaml': 'steady: { key: key }\n' },
    plants: ['rewrite'],
    env: { HMS_SYNC_REWRITE: JSON.stringify(unbounded) },
  })
  onTestFinished(() => lives.dispose())
  expect((await attack(lives.url, attacks['a frame that is too large']!)).code).toBe(1008)
})

/** Sends the frames and hangs up when the bus has not, by the time it has answered a ping behind them. Answers how the bus ended it, if it did. */
async function attack(url: string, frames: readonly (string | Buffer)[]): Promise<{ readonly code: number | null }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`)
  let code: number | null = null as number | null
  socket.on('error', () => {})
  socket.once('close', (given) => {
    code = given
  })
  const over = ended(socket)
  await once(socket, 'open')
  for (const frame of frames) socket.send(frame)
  socket.ping()
  await Promise.race([new Promise((resolve) => socket.once('pong', resolve)), over])
  // Whoever ends a connection says so after the pong, if at all.
  await Promise.race([new Promise((resolve) => setTimeout(resolve, 250)), over])
  const ending = code
  socket.terminate()
  await over
  return { code: ending }
}
