/** The doors of a real bus under attack: refused within the limits, while publishing goes on and memory stays bounded. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { WebSocket as WebSocketType } from 'ws'
import { Lives } from './lives.js'
import { ended, rawConnection, statusOf, statusOfFlood } from './raw-request.js'
import { watchWhile } from './watched-bus.js'

const { WebSocket } = createRequire(import.meta.url)('ws') as { readonly WebSocket: typeof WebSocketType }

vi.setConfig({ testTimeout: 120_000 })
const many = Number(process.env.HMS_SYNC_FAULT_CONNECTIONS ?? 100)
const mebibyte = 1024 * 1024
const maxGrownBytes = 200 * mebibyte
const mostMs = 2_500
const events = '/v1/topics/steady/events'

async function bus(rewrite?: readonly [string, string, string]): Promise<Lives> {
  const lives = await Lives.begin({
    files: { 'topics.yaml': 'steady: { key: key }\n', 'hms-sync.yaml': 'limits: { stallTimeout: 2s }\n' },
    ...(rewrite === undefined ? {} : { plants: ['rewrite'], env: { HMS_SYNC_REWRITE: JSON.stringify(rewrite) } }),
  })
  onTestFinished(() => lives.dispose())
  return lives
}

const postHead = (type: string, framing: string) =>
  `POST ${events} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`

describe('bodies', () => {
  const flood = async (lives: Lives, count: number) =>
    Promise.all(
      Array.from({ length: count }, () =>
        statusOfFlood(lives.url, {
          head: postHead('application/json', 'Transfer-Encoding: chunked'),
          piece: `10000\r\n${' '.repeat(0x10000)}\r\n`,
          maxBytes: 100 * mebibyte,
        }),
      ),
    )

  it('of a hundred megabytes, many at once, are cut off at the limit', async () => {
    const lives = await bus()
    const { latencies, grownBytes } = await watchWhile(lives, async () => {
      for (let i = 0; i < 3; i++) {
        for (const { status, sentBytes } of await flood(lives, many / 5)) {
          expect([413, 0]).toContain(status)
          expect(sentBytes).toBeLessThan(50 * mebibyte)
        }
      }
    })
    expect(grownBytes).toBeLessThan(maxGrownBytes)
    expect(Math.max(...latencies)).toBeLessThan(mostMs)
  })

  it('are noticed when they have no limit (planted bug)', async () => {
    const lives = await bus(['dist/server/app.js', 'bodyLimit: limits.maxBodyBytes', 'bodyLimit: 2 ** 30'])
    const { grownBytes } = await watchWhile(lives, async () => void (await flood(lives, 4)))
    expect(grownBytes).toBeGreaterThan(maxGrownBytes)
  })

  it('that are malformed or nested without end are refused, in every form that a publish may have', async () => {
    const lives = await bus()
    const types = ['application/json', 'application/x-ndjson', ...['event', 'batch'].map((form) => `application/vnd.hms-sync.${form}+json`)]
    types.push('application/cloudevents+json', 'application/cloudevents-batch+json')
    const deep = [
      ['[', ']'],
      ['{"a":', '}'],
      ['{"payload":', '}'],
      ['{"events":[{"payload":', '}]}'],
    ].map(([open, close]) => `${open!.repeat(100_000)}1${close!.repeat(100_000)}`.slice(0, mebibyte))
    const bodies = [
      ...deep,
      '{',
      '{"key":}',
      `{"${'k'.repeat(500_000)}"`,
      `"${'\\u0000'.repeat(150_000)}`,
      '\u0000',
      `[${'[],'.repeat(300_000)}`,
      '{}\n'.repeat(300_000),
    ]
    const { latencies, grownBytes } = await watchWhile(lives, async () => {
      for (const type of types) {
        for (const body of bodies) {
          const response = await fetch(`${lives.url}${events}`, { method: 'POST', headers: { 'content-type': type }, body })
          await response.body?.cancel()
          // A batch is answered as a whole, each of its events with its own refusal.
          if (response.status !== 200) expect([400, 413, 422]).toContain(response.status)
        }
      }
    })
    expect(grownBytes).toBeLessThan(maxGrownBytes)
    expect(Math.max(...latencies)).toBeLessThan(mostMs)
  })
})

describe('connections', () => {
  const slowly = async (lives: Lives, head: string): Promise<number> => {
    const socket = await rawConnection(lives.url)
    socket.write(head)
    const drip = setInterval(() => socket.write('x'), 500)
    const started = performance.now()
    socket.resume()
    await ended(socket)
    clearInterval(drip)
    return performance.now() - started
  }
  const slow = [
    'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    `${postHead('application/json', 'Content-Length: 100000')}"`,
    `${postHead('application/json', 'Transfer-Encoding: chunked')}10000\r\n"`,
  ]

  it('that drip headers or bodies are ended within fifteen seconds, however many', async () => {
    const lives = await bus()
    const { latencies, grownBytes } = await watchWhile(lives, async () => {
      const lasted = await Promise.all(Array.from({ length: many * 3 }, (_, i) => slowly(lives, slow[i % slow.length]!)))
      expect(Math.max(...lasted)).toBeLessThan(15_000)
    })
    expect(grownBytes).toBeLessThan(maxGrownBytes)
    expect(Math.max(...latencies)).toBeLessThan(mostMs)
  })

  it('are noticed when they may drip for ever (planted bug)', async () => {
    const lives = await bus(['dist/server/app.js', 'requestTimeout: 10_000', 'requestTimeout: 100_000'])
    const lasted = slowly(lives, slow[1]!)
    expect(await Promise.race([lasted, new Promise((resolve) => setTimeout(() => resolve('for ever'), 15_000))])).toBe('for ever')
  })

  it('with headers beyond the limit, in size or in number, are refused', async () => {
    const lives = await bus()
    const head = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n'
    const { grownBytes } = await watchWhile(lives, async () => {
      for (let i = 0; i < many; i++) {
        expect(await statusOf(lives.url, `${head}X-Big: ${'x'.repeat(17_000)}\r\n\r\n`)).toBe(431)
        expect(await statusOf(lives.url, `${head}${Array.from({ length: 5_000 }, (_, n) => `a${n}: b\r\n`).join('')}\r\n`)).toBe(431)
      }
    })
    expect(grownBytes).toBeLessThan(maxGrownBytes)
  })

  it('that take nothing of what they asked for are dropped, over SSE and over the WebSocket', async () => {
    const lives = await bus()
    for (let n = 0; n < 20; n++) {
      const body = JSON.stringify({ key: 'k', n, text: 'x'.repeat(900_000) })
      await fetch(`${lives.url}${events}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    }
    const { latencies, grownBytes } = await watchWhile(lives, async () => {
      const readers = Array.from({ length: many / 5 }, async (_, i) => {
        const socket = i % 2 === 0 ? await deafStream(lives) : await deafSocket(lives)
        await ended(socket)
      })
      await Promise.all(readers)
    })
    expect(grownBytes).toBeLessThan(2 * maxGrownBytes)
    expect(Math.max(...latencies)).toBeLessThan(mostMs)
  })
})

/** Asks for everything over SSE and reads nothing of it. */
async function deafStream(lives: Lives) {
  const socket = await rawConnection(lives.url)
  socket.pause()
  socket.write(`GET ${events}?since=all HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`)
  // A paused socket does not hear that it was cut off; a write tells.
  const look = setInterval(() => socket.write('\r\n'), 500)
  socket.once('close', () => clearInterval(look))
  return socket
}

/** The same over the WebSocket. */
async function deafSocket(lives: Lives) {
  const socket = new WebSocket(`${lives.url.replace('http', 'ws')}/v1/stream`)
  socket.on('error', () => {})
  await once(socket, 'open')
  socket.send(JSON.stringify({ op: 'hello', v: 1, client: 'deaf' }))
  socket.send(JSON.stringify({ op: 'subscribe', sub: 1, topics: ['steady'], since: 'all', credit: 1_000_000 }))
  await once(socket, 'message')
  socket.pause()
  const look = setInterval(() => socket.ping(), 500)
  socket.once('close', () => clearInterval(look))
  return socket
}
