import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkout, eventually, type Program, run, start, startBus, temporaryFolder } from '../../packages/bus/test/processes.js'

const example = join(checkout, 'examples/city-permits')

async function freshData(): Promise<string> {
  const folder = await temporaryFolder()
  onTestFinished(folder.remove)
  return folder.path
}

function untilTheEnd(program: Program): Program {
  onTestFinished(async () => void (await program.stop('SIGKILL')))
  return program
}

interface Slot {
  readonly permitId: unknown
}

const slotsAt = async (url: string): Promise<readonly Slot[]> => ((await (await fetch(url)).json()) as { slots: Slot[] }).slots

describe('npm start', () => {
  it('brings three permits into the scheduling system and ends by itself with --once', async () => {
    const env = { HMS_SYNC_DATA: await freshData(), HMS_SYNC_PORT: '0', SCHEDULING_PORT: '0' }
    const { code, stdout, stderr } = await start([join(example, 'start.js'), '--once'], { env }).ended
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^bus +hms-sync listens on http:\/\/127\.0\.0\.1:\d+/m)
    expect(stdout).toMatch(/^bus .*scheduling +permitApproved ->/m)
    expect(stdout).toMatch(/^bus .*survives a power cut/m)
    expect(stdout.match(/^hms-api +approved permit \d+ and published permitApproved: stored durably/gm)).toHaveLength(3)
    expect(stdout.match(/^scheduling +booked slot \d for permit \d+/gm)).toHaveLength(3)
  })

  it('says what to type next, and ends cleanly on Ctrl-C', async () => {
    const env = { HMS_SYNC_DATA: await freshData(), HMS_SYNC_PORT: '0', SCHEDULING_PORT: '0' }
    const program = untilTheEnd(start([join(example, 'start.js')], { env }))
    await program.says(/npx hms-sync subscribe inspections\.status --since=10m/)
    const { code, stdout } = await program.stop('SIGINT')
    expect(code).toBe(0)
    expect(stdout).toContain('Everything is stopped.')
  })
})

describe('the scheduling adapter', () => {
  it('brings what was published while the system was stopped, in order', async () => {
    const first = untilTheEnd(start([join(example, 'scheduling-system.js')], { env: { SCHEDULING_PORT: '0' } }))
    const [, url = '', port = ''] = await first.says(/(http:\/\/127\.0\.0\.1:(\d+)\/api\/slots)/)
    const bus = await startBus(example, { args: ['--data', await freshData()], env: { SCHEDULING_URL: url } })
    untilTheEnd(bus)
    const publish = (permitId: number, date: string) =>
      run(['publish', 'permitApproved', JSON.stringify({ permitId, date, inspectorName: 'Lee' })], { env: bus.env })
    await publish(7, '2026-06-01')
    await first.says(/booked slot 1 for permit 7: 2026-06-01, inspector Lee/)
    await first.stop()

    for (const date of ['2026-06-02', '2026-06-03', '2026-06-04']) expect(await publish(7, date)).toMatchObject({ code: 0 })
    untilTheEnd(start([join(example, 'scheduling-system.js')], { env: { SCHEDULING_PORT: port } }))
    const slots = await eventually(async () => {
      const booked = await slotsAt(url).catch(() => [])
      return booked.length >= 3 ? booked : undefined
    })
    expect(slots).toMatchObject([{ date: '2026-06-02' }, { date: '2026-06-03' }, { date: '2026-06-04' }])
  })
})

describe('the scheduling system', () => {
  it('books once for the same Idempotency-Key', async () => {
    const system = untilTheEnd(start([join(example, 'scheduling-system.js')], { env: { SCHEDULING_PORT: '0' } }))
    const [, url = ''] = await system.says(/(http:\S+\/api\/slots)/)
    const post = () => fetch(url, { method: 'POST', body: '{"permitId":7}', headers: { 'idempotency-key': 'k' } })
    expect([(await post()).status, (await post()).status]).toEqual([201, 200])
    expect(await slotsAt(url)).toHaveLength(1)
  })
})

describe('the permits API', () => {
  it('publishes an approval after its database write', async () => {
    const bus = untilTheEnd(await startBus(example, { args: ['--data', await freshData()] })) as Awaited<ReturnType<typeof startBus>>
    const api = untilTheEnd(
      start([join(example, 'hms-api/server.js')], { env: { ...bus.env, HMS_SYNC_NAME: 'hms-api', HMS_API_PORT: '0' } }),
    )
    const [, url = ''] = await api.says(/(http:\/\/127\.0\.0\.1:\d+)/)
    const answer = await fetch(`${url}/permits/7/approve`, { method: 'POST' })
    expect(await answer.json()).toMatchObject({ status: 'Approved', permitId: '7' })
    const { stdout } = await run(['subscribe', 'permitApproved', '--since=all', '--until=now', '--json'], { env: bus.env })
    expect(JSON.parse(stdout)).toMatchObject({ key: '7', source: 'hms-api', payload: { permitId: '7' } })
    expect(await api.stop()).toMatchObject({ code: 0 })
  })
})
