import { setTimeout as wait } from 'node:timers/promises'
import type { BusProcess } from '../harness/bus-process.js'
import type { Nginx } from '../harness/nginx.js'

const patienceMs = 300_000

/** Sends a group back to the beginning and counts what arrives, at the target: the bus's own word is not asked. Events a second. */
export async function deliverAgain(bus: BusProcess, nginx: Nginx, group: string, events: number): Promise<number> {
  const seen = await nginx.requests()
  const begun = performance.now()
  const answer = await fetch(`${bus.url}/v1/groups/${group}/seek`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'all' }),
  })
  if (!answer.ok) throw new Error(`seek: ${await answer.text()}`)
  await arrived(nginx, seen, events)
  const seconds = (performance.now() - begun) / 1_000
  await settled(bus, group)
  return events / seconds
}

/** Waits until the target has answered `count` requests more than `seen`; each look counts as one. */
export async function arrived(nginx: Nginx, seen: number, count: number): Promise<void> {
  const patience = performance.now() + patienceMs
  for (let looks = 1; ; looks++) {
    const come = (await nginx.requests()) - seen - looks
    if (come >= count) return
    if (performance.now() > patience) throw new Error(`Only ${come} of ${count} events arrived.`)
    await wait(10)
  }
}

/** Waits until the group has settled everything. */
export async function settled(bus: BusProcess, group: string): Promise<void> {
  const patience = performance.now() + patienceMs
  for (;;) {
    const found = (await (await fetch(`${bus.url}/v1/groups/${group}`)).json()) as { topics: { lag: number }[] }
    if (found.topics.every(({ lag }) => lag === 0)) return
    if (performance.now() > patience) throw new Error(`The group ${group} does not settle: ${JSON.stringify(found)}`)
    await wait(20)
  }
}
