import { setTimeout as wait } from 'node:timers/promises'
import { type BusProcess, startBus } from '../harness/bus-process.js'
import { bounded, contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { type Nginx, startNginx } from '../harness/nginx.js'
import { deliverAgain, settled } from '../load/deliver-again.js'
import { HttpLoad } from '../load/http-load-client.js'

export const backlog: Benchmark = {
  name: 'backlog',
  question: 'Does a backlog of a million events drain as fast as fresh events, in the same memory?',
  async measure(run) {
    const nginx = await startNginx()
    const [fresh, deep] = await Promise.all([start(nginx), start(nginx)])
    const load = await HttpLoad.start()
    try {
      await wait(run.smoke ? 10 : 2_000)
      const emptyBytes = deep.usage().rssBytes
      const [few, many] = [run.amount(50_000), run.amount(1_000_000)]
      await load.fill(fresh.port, 'bench.permits', few, 'own')
      await load.fill(deep.port, 'bench.permits', many, 'own')
      for (const bus of [fresh, deep]) await settled(bus, 'scheduling')
      const most: number[] = []
      const drain = async (): Promise<number> => {
        const stop = new AbortController()
        const highest = watch(deep, stop.signal)
        const rate = await deliverAgain(deep, nginx, 'scheduling', many)
        stop.abort()
        most.push(((await highest) - emptyBytes) / 1_000_000)
        return rate
      }
      const figure = await contest(run, {
        name: 'A backlog of a million draining',
        unit: 'events/s',
        measured: { label: 'a million', sample: drain },
        ceiling: { label: 'fifty thousand', sample: () => deliverAgain(fresh, nginx, 'scheduling', few) },
        wanted: { atLeast: 0.8 },
      })
      const memory = bounded('A backlog of a million draining: most memory over empty', 'MB', most, {
        label: 'RSS',
        wanted: { atMost: 150 },
      })
      return [figure, memory]
    } finally {
      await Promise.all([load.end(), fresh.end(), deep.end()])
      await nginx.end()
    }
  },
}

function start(nginx: Nginx): Promise<BusProcess> {
  return startBus({
    'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [scheduling]\n',
    'adapters/scheduling.js': `export default { url: '${nginx.url}/slots', map: ({ permitId, status }) => ({ permitId, status }) }\n`,
  })
}

/** The highest resident size seen until the signal. */
async function watch(bus: BusProcess, signal: AbortSignal): Promise<number> {
  let most = 0
  while (!signal.aborted) {
    most = Math.max(most, bus.usage().rssBytes)
    await wait(100)
  }
  return most
}
