import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AttemptInfo, DeadLetterInfo, GroupInfo } from '@hms-sync/client'
import { connect } from '@hms-sync/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestTarget } from '../../../adapter/test/test-target.js'
import { type BusProcess, eventually, type Program, start, startBus, temporaryFolder } from '../processes.js'

const hmsSyncAdapter = fileURLToPath(new URL('../../../adapter/bin/hms-sync-adapter.js', import.meta.url))

let target: TestTarget
let bus: BusProcess
let adapter: Program | undefined
let busFolder: Awaited<ReturnType<typeof temporaryFolder>>
let agency: Awaited<ReturnType<typeof temporaryFolder>>

beforeEach(async () => {
  target = await TestTarget.start()
  busFolder = await temporaryFolder({ 'topics.yaml': 'permits.approved:\n  key: key\nother: {}\n' })
  agency = await temporaryFolder()
  bus = await startBus(busFolder.path)
})
afterEach(async () => {
  await adapter?.stop('SIGKILL')
  adapter = undefined
  await bus.stop('SIGKILL')
  await target.close()
  await busFolder.remove()
  await agency.remove()
})

/** The adapter on the agency's server: a folder with nothing of the bus in it. */
async function runAdapter(file: string, text: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const files = await temporaryFolder({ [file]: text })
  agency = { ...agency, path: files.path, remove: files.remove }
  adapter = start([hmsSyncAdapter, join(files.path, file)], { env: { ...bus.env, ...env }, cwd: files.path })
  return adapter
}

async function publish(from: number, to: number): Promise<void> {
  const client = await connect({ url: bus.url, name: 'hms' })
  for (let id = from; id < to; id++) await client.publish('permits.approved', { id, key: `k${id % 5}` }, { id: `permit-${id}` })
  await client.close()
}

async function list<T>(path: string): Promise<readonly T[]> {
  const answer = await fetch(`${bus.url}${path}`)
  return ((await answer.json()) as { readonly items: readonly T[] }).items
}

const yaml = () => `url: ${target.url}/{id}\ntopics: permits.*\nretry: [50ms]\nmaxAttempts: 3\nmap:\n  id: id\n  key: $lowercase(key)\n`
const ids = () => target.got.map(({ body }) => (body as { readonly id: number }).id)

describe('an adapter as a process of its own', () => {
  it('takes up the work of its file, and leaves retries, dead letters and history to the bus', async () => {
    await runAdapter('scheduling.yaml', yaml())
    await adapter?.says(/The adapter scheduling runs and sends to http/)
    target.answer = (response, { body }) => {
      const { id } = body as { readonly id: number }
      response.writeHead(id === 1 ? 422 : id === 2 ? 500 : 200).end(id === 1 ? '{"error":"no such permit"}' : '')
    }
    await publish(0, 4)
    const letters = await eventually(async () => {
      const found = await list<DeadLetterInfo>('/v1/dead-letters')
      return found.length === 2 ? found : undefined
    })
    expect([...letters].sort((a, b) => (a.event < b.event ? -1 : 1))).toMatchObject([
      { group: 'scheduling', event: 'permit-1', attempts: 1, reason: expect.stringContaining('no such permit'), errorClass: 'refused' },
      { group: 'scheduling', event: 'permit-2', attempts: 3, errorClass: 'server_error' },
    ])
    const tries = await list<AttemptInfo>('/v1/deliveries?group=scheduling&event=permit-1')
    expect(tries).toMatchObject([{ outcome: 'refused', status: 422, request: `POST ${target.url}/1`, durationMs: expect.any(Number) }])
    const [group] = await list<GroupInfo>('/v1/groups')
    expect(group).toMatchObject({ name: 'scheduling', members: 1, health: { state: expect.any(String) } })
    expect((await adapter?.stop())?.code).toBe(0)
  })

  it('goes on after the bus was killed and started again, in order per key, each event with one key', async () => {
    await runAdapter('scheduling.yaml', yaml())
    await adapter?.says(/runs and sends/)
    const port = Number(new URL(bus.url).port)
    await publish(0, 40)
    for (let round = 1; round <= 3; round++) {
      await bus.stop('SIGKILL')
      bus = await startBus(busFolder.path, { port })
      await publish(round * 40, round * 40 + 40)
    }
    await eventually(() => (new Set(ids()).size === 160 ? true : undefined))
    expect(new Set(target.got.map(({ headers }) => headers['idempotency-key'])).size).toBe(160)
    for (let key = 0; key < 5; key++) {
      const first = [...new Set(ids().filter((id) => id % 5 === key))]
      expect(first).toEqual([...first].sort((a, b) => a - b))
    }
    await adapter?.stop()
    await publish(160, 165)
    expect(ids()).not.toContain(160)
    await runAdapter('scheduling.yaml', yaml())
    await eventually(() => (new Set(ids()).size === 165 ? true : undefined))
  })

  it('waits for a bus that is not there yet', async () => {
    const port = Number(new URL(bus.url).port)
    await publish(0, 1)
    await bus.stop()
    await runAdapter('scheduling.js', `export default { url: '${target.url}', topics: ['permits.*'], map: ({ id }) => ({ id }) }`)
    await adapter?.says(/refuses|unreachable|reach|ECONNREFUSED/i)
    bus = await startBus(busFolder.path, { port })
    await adapter?.says(/runs and sends/)
    await publish(1, 2)
    await eventually(() => (ids().includes(1) ? true : undefined))
  })

  it('names what is wrong, and ends', async () => {
    expect(await (await runAdapter('scheduling.yaml', `url: ${target.url}\nmapp: {}\n`)).ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/scheduling\.yaml:2:1: .*did you mean "map"/),
    })
    expect(await (await runAdapter('scheduling.yaml', `url: ${target.url}\ntopics: nothing\n`)).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no topic "nothing"'),
    })
    expect(await (await runAdapter('scheduling.yaml', yaml(), { EVENT_BUS_URL: 'amqp://x' })).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('broker'),
    })
    expect(await start([hmsSyncAdapter]).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: hms-sync-adapter FILE') })
    expect(await start([hmsSyncAdapter, '--help']).ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage') })
  })
})
