import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { describeWith, program } from '../../../../test/needs.js'
import { adapterInfo } from './adapter-info.js'
import { openServer } from './open-server.js'

describeWith(program('chromium', { from: 'chromium' }), 'a browser', (executablePath) => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  }, 60_000)
  afterAll(() => browser?.close())

  it('shows the bus’s own pages without a complaint', async () => {
    const server = await openServer()
    const { page, complaints } = await openPage()
    for (const path of ['/', '/docs']) {
      await page.goto(`${server.url}${path}`)
      expect(await page.title()).toContain('hms-sync')
    }
    expect(complaints).toEqual([])
  })

  it.each(['light', 'dark'] as const)(
    'scrolls a wide table within its own box on a narrow screen, by keyboard too (%s)',
    async (colorScheme) => {
      const server = await openServer({
        adapters: { list: () => [adapterInfo({ name: 'a'.repeat(60), topics: ['permits', 'b'.repeat(90)] })] },
      })
      const { page } = await openPage()
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 375, height: 800 })
      await page.goto(`${server.url}/`)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375)
      const box = page.getByRole('region', { name: 'Adapters' })
      const name = await box.locator('.name').first().boundingBox()
      expect(name?.width).toBeLessThan(300)
      await box.focus()
      await page.keyboard.press('ArrowRight')
      await page.waitForFunction(() => document.querySelector('[data-live="adapters"]')!.scrollLeft > 0)
    },
  )

  it('cannot publish, read or connect from a page of another origin', async () => {
    const server = await openServer()
    const { page } = await openPage()
    await page.goto(await foreignPage())
    const outcome = await page.evaluate(attack, server.url)
    expect(outcome).toEqual({ simplePost: 'opaque', jsonPost: 'refused', read: 'refused', socket: 'refused', stream: 'refused' })
    expect(server.bus.published).toEqual([])
    // The same event from a program is taken: it was the page that was refused.
    expect((await server.post('/v1/topics/permits/events', { permitId: 7 })).status).toBe(201)
    expect(server.bus.published).toHaveLength(1)
  })

  async function openPage(): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const page = await browser.newPage()
    onTestFinished(() => page.close())
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    return { page, complaints }
  }
})

/** What a hostile page tries on a bus that it guesses to be on the visitor's machine. Runs in the browser. */
async function attack(url: string): Promise<Record<string, string>> {
  const events = `${url}/v1/topics/permits/events`
  const post = (init: RequestInit) => fetch(events, { method: 'POST', body: '{"permitId":666}', ...init })
  const outcome = (work: Promise<Response>) =>
    work.then(
      (answer) => answer.type,
      () => 'refused',
    )
  return {
    // No preflight is asked for this one: the browser sends it and hides the answer.
    simplePost: await outcome(post({ mode: 'no-cors' })),
    jsonPost: await outcome(post({ headers: { 'content-type': 'application/json' } })),
    read: await outcome(fetch(events)),
    socket: await new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`)
      socket.onopen = () => resolve('opened')
      socket.onclose = () => resolve('refused')
    }),
    stream: await new Promise((resolve) => {
      const stream = new EventSource(events)
      stream.onopen = () => resolve('opened')
      stream.onerror = () => {
        stream.close()
        resolve('refused')
      }
    }),
  }
}

/** A page on another port of the same machine: another origin. */
async function foreignPage(): Promise<string> {
  const site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>A site</title>'))
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  onTestFinished(() => {
    site.closeAllConnections()
    site.close()
  })
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`
}
