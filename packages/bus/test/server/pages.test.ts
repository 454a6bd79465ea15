import { expect, it } from 'vitest'
import { adapterInfo } from './adapter-info.js'
import { openServer } from './open-server.js'
import { deadLetter } from './small-operations.js'

it('shows what this is and what is in it, with everything escaped', async () => {
  const server = await openServer({
    adapters: {
      list: () => [adapterInfo({ name: 'scheduling', state: 'stopped', topics: ['permits'], reason: '<i>map</i> never ended' })],
    },
  })
  server.bus.operations.letters.set('12', deadLetter('12'))
  const answer = await server.fetch('/')
  const page = await answer.text()
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  for (const text of [
    'permits',
    'clinic',
    'scheduling',
    '/docs',
    '/openapi.json',
    '/healthz',
    '/v1/topics',
    '/metrics',
    `curl ${server.url}`,
    'failing for',
    '2 parked',
    'hms-sync dlq show 12',
    '/v1/dead-letters?state=open',
  ])
    expect(page).toContain(text)
  expect(page).toContain('&#60;script&#62;alert(1)')
  expect(page).not.toMatch(/<script>alert|<i>map|HTTP 500 <b>|<i>refused|<b>no street/)
})

it('allows its pages nothing but what is in them', async () => {
  const server = await openServer()
  for (const path of ['/', '/docs']) {
    const answer = await server.fetch(path)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/,
    )
    expect(await answer.text()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  }
})

it('tells of every operation in the reference', async () => {
  const server = await openServer()
  const page = await (await server.fetch('/docs')).text()
  const { paths } = (await (await server.fetch('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { operationId: string; tags: string[] }>>
  }
  const own = new Set(['openApi', 'docs'])
  for (const operations of Object.values(paths)) {
    for (const { operationId } of Object.values(operations)) if (!own.has(operationId)) expect(page).toContain(`id="${operationId}"`)
  }
})
