import { setTimeout as wait } from 'node:timers/promises'
import { type BusProcess, startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { type Nginx, startNginx } from '../harness/nginx.js'
import { startWorker } from '../harness/processes.js'
import { HttpLoad } from '../load/http-load-client.js'

const connections = 64

export const deliveries: Benchmark = {
  name: 'deliveries',
  question: 'How much of what undici alone sends to nginx does an HTTP adapter deliver?',
  async measure(run) {
    const nginx = await startNginx()
    const bus = await startBus({
      'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [scheduling]\n',
      'adapters/scheduling.js': `export default { url: '${nginx.url}/slots', method: 'POST', concurrency: ${connections}, map: ({ permitId, address, status, note }) => ({ permitId, address, status, note }) }\n`,
      'hms-sync.yaml': '{}\n',
    })
    const load = await HttpLoad.start()
    const undici = await startWorker<{ readonly url: string; readonly connections: number; readonly requests: number }, number>(
      new URL('../ceilings/undici-alone.ts', import.meta.url),
    )
    try {
      const events = run.amount(50_000)
      await load.fill(bus.port, 'bench.permits', events, 'own')
      await settled(bus)
      const figure = await contest(run, {
        name: `Deliveries of one HTTP adapter to nginx, ${connections} connections`,
        unit: 'events/s',
        measured: { label: 'adapter', sample: () => deliverAgain(bus, nginx, events) },
        ceiling: { label: 'undici alone', sample: () => undici.ask({ url: nginx.url, connections, requests: events }) },
        wanted: { atLeast: 0.5 },
      })
      return [figure]
    } finally {
      await Promise.all([load.end(), undici.end(), bus.end()])
      await nginx.end()
    }
  },
}

/** Sends the group back to the beginning and counts what arrives, at the target: the bus's own word is not asked. */
async function deliverAgain(bus: BusProcess, nginx: Nginx, events: number): Promise<number> {
  let seen = await nginx.requests()
  const begun = performance.now()
  const answer = await fetch(`${bus.url}/v1/groups/scheduling/seek`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to: 'all' }),
  })
  if (!answer.ok) throw new Error(`seek: ${await answer.text()}`)
  for (let delivered = 0; delivered < events; ) {
    await wait(20)
    // Each look counts as a request of its own.
    const now = await nginx.requests()
    delivered += now - seen - 1
    seen = now
    if (performance.now() - begun > 120_000) throw new Error(`Only ${delivered} of ${events} events were delivered.`)
  }
  const seconds = (performance.now() - begun) / 1_000
  await settled(bus)
  return events / seconds
}

/** Waits until the group has settled everything. */
async function settled(bus: BusProcess): Promise<void> {
  const patience = performance.now() + 120_000
  for (;;) {
    const group = (await (await fetch(`${bus.url}/v1/groups/scheduling`)).json()) as { topics: { lag: number }[] }
    if (group.topics.every(({ lag }) => lag === 0)) return
    if (performance.now() > patience) throw new Error(`The adapter does not settle: ${JSON.stringify(group)}`)
    await wait(20)
  }
}
