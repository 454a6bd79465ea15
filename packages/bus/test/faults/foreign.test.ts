/** Every door of a real bus, as its own description lists them: no page of another site and no foreign name gets in. */
import { expect, it, onTestFinished } from 'vitest'
import { Lives } from './lives.js'
import { statusOf } from './raw-request.js'
import { readLog } from './read-log.js'

const foreign = {
  'a foreign Host': 'Host: evil.example',
  'a Host that only begins like ours': 'Host: localhost.evil.example',
  'a foreign Origin': 'Host: localhost\r\nOrigin: https://evil.example',
  'the Origin of another port': 'Host: localhost\r\nOrigin: http://localhost:1',
  'the Origin null': 'Host: localhost\r\nOrigin: null',
  'a fetch of another site': 'Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors',
}

it('refuses foreign Hosts and Origins at every door, the WebSocket and the streams among them', { timeout: 60_000 }, async () => {
  const { doors, entered } = await knock()
  expect(doors).toBeGreaterThan(15)
  expect(entered).toEqual([])
})

it('notices a door without its guard (planted bug)', { timeout: 60_000 }, async () => {
  const { entered } = await knock(['dist/server/socket.js', 'guard.check(request.headers)', 'void guard'])
  expect(entered.length).toBe(Object.keys(foreign).length)
  expect(entered.every((entry) => entry.includes('/v1/stream'))).toBe(true)
})

/** Knocks with every foreign greeting at every door. Answers who was let in, and that nothing was published. */
async function knock(rewrite?: readonly [string, string, string]) {
  const lives = await Lives.begin({
    files: { 'topics.yaml': 'steady: { key: key, consumers: [clinic] }\n' },
    ...(rewrite === undefined ? {} : { plants: ['rewrite'], env: { HMS_SYNC_REWRITE: JSON.stringify(rewrite) } }),
  })
  onTestFinished(() => lives.dispose())
  const { paths } = (await (await fetch(`${lives.url}/openapi.json`)).json()) as { readonly paths: Readonly<Record<string, object>> }
  const body = '{"key":"a","n":0}'
  const doors = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => {
      const filled = path.replace('{topic}', 'steady').replace('{group}', 'clinic')
      const sent = method === 'post' ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : ''
      return { line: `${method.toUpperCase()} ${filled} HTTP/1.1`, rest: `${sent}\r\n${method === 'post' ? body : ''}` }
    }),
  )
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  doors.push({ line: 'GET /v1/stream HTTP/1.1', rest: upgrade })
  doors.push({ line: 'GET /v1/topics/steady/events HTTP/1.1', rest: 'Accept: text/event-stream\r\n\r\n' })
  doors.push({ line: 'GET /nowhere HTTP/1.1', rest: '\r\n' })
  const entered: string[] = []
  for (const { line, rest } of doors) {
    for (const [what, greeting] of Object.entries(foreign)) {
      const status = await statusOf(lives.url, `${line}\r\n${greeting}\r\n${rest}`)
      if (status !== 403) entered.push(`${line}: ${what}: ${status}`)
    }
  }
  if (rewrite === undefined) expect(await readLog(lives.url, 'steady')).toEqual([])
  return { doors: doors.length, entered }
}
