/** Seed 003, section 3.2, as printed; `updateLegacyCalendar` is the pseudo-function it leaves to the reader. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Program, run, start } from '../processes.js'
import { busWith, memberOf, programFolder } from './programs.js'

const adapter = `
import { connect } from "@hms-sync/client";      // tiny wrapper around NATS

const bus = await connect();
const sub = bus.subscribe("inspections.status");

for await (const msg of sub) {
  const { inspectionId } = JSON.parse(msg.data);
  await updateLegacyCalendar(inspectionId);      // pseudo-function
  msg.ack();                                     // exactly-once QoS
}

async function updateLegacyCalendar(inspectionId) {
  console.log("updating " + inspectionId);
  if (process.env.CALENDAR_HANGS) await new Promise(() => setInterval(() => {}, 1_000));
  console.log("updated " + inspectionId);
}
`
const topicsYaml = `inspections.status:
  qos:          exactly_once
  retention:    7d          # replay window
  schema:       v1
  producers:    [hms-api]
  consumers:    [city-health, ehr-clinic]
`
const inspection = (id: number) => JSON.stringify({ inspectionId: id, newStatus: 'Completed' })

async function adapterProcess(env: Readonly<Record<string, string>>): Promise<Program> {
  const folder = await programFolder({ 'index.js': adapter })
  const program = start([join(folder, 'index.js')], { env })
  onTestFinished(async () => void (await program.stop('SIGKILL')))
  return program
}

it('receives an event again that it did not acknowledge before it was killed', async () => {
  const bus = await busWith(topicsYaml)
  const named = { ...bus.env, HMS_SYNC_NAME: 'city-health' }
  await run(['publish', 'inspections.status', inspection(42)], { env: bus.env })

  const first = await adapterProcess({ ...named, CALENDAR_HANGS: '1' })
  await first.says(/updating 42/)
  await first.stop('SIGKILL')

  const second = await adapterProcess(named)
  await second.says(/updated 42/)
})

it('acknowledges for good: a third run gets only what is new', async () => {
  const bus = await busWith(topicsYaml)
  const named = { ...bus.env, HMS_SYNC_NAME: 'city-health' }
  await run(['publish', 'inspections.status', inspection(1)], { env: bus.env })
  const first = await adapterProcess(named)
  await first.says(/updated 1/)
  await run(['publish', 'inspections.status', inspection(2)], { env: bus.env })
  await first.says(/updated 2/)
  await first.stop('SIGTERM')

  await run(['publish', 'inspections.status', inspection(3)], { env: bus.env })
  const second = await adapterProcess(named)
  await second.says(/updated 3/)
  expect(second.stdout()).not.toContain('updating 1\n')
})

it('tails without a name and says so', async () => {
  const bus = await busWith(topicsYaml)
  await run(['publish', 'inspections.status', inspection(1)], { env: bus.env })
  const nameless = await adapterProcess(bus.env)
  await nameless.says(/HMS_SYNC_NAME/)
  await run(['publish', 'inspections.status', inspection(2)], { env: bus.env })
  await nameless.says(/updated 2/)
  expect(nameless.stdout()).not.toContain('updating 1\n')
  await expect(memberOfNow(bus.url, 'anonymous')).resolves.toBe(false)
})

async function memberOfNow(url: string, group: string): Promise<boolean> {
  return (await fetch(`${url}/v1/groups/${group}`)).ok
}

it('works for the group that the URL names', async () => {
  const bus = await busWith(topicsYaml)
  await adapterProcess({ EVENT_BUS_URL: bus.url.replace('http://', 'http://city-health@') })
  await memberOf(bus, 'city-health')
})
