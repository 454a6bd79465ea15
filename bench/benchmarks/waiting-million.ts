import { setTimeout as wait } from 'node:timers/promises'
import { type BusProcess, startBus } from '../harness/bus-process.js'
import { bounded } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { HttpLoad } from '../load/http-load-client.js'

const files = { 'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [late]\n' }

export const waitingMillion: Benchmark = {
  name: 'waiting-million',
  question:
    'What memory do a million events take that wait for a group, with a million foreign ids in the window, and how long is a restart?',
  async measure(run) {
    const empty = await startBus(files)
    const emptyBytes = await settledBytes(empty, run.smoke)
    await empty.end()
    let bus = await startBus(files)
    const load = await HttpLoad.start()
    try {
      await load.fill(bus.port, 'bench.permits', run.amount(1_000_000), 'foreign')
      const afterFill = megabytes((await settledBytes(bus, run.smoke)) - emptyBytes)
      const [over, clean, killed]: number[][] = [[], [], []]
      for (let round = 0; round < run.rounds; round++) {
        bus = await bus.restart()
        clean!.push(bus.readyMs / 1_000)
        over!.push(megabytes((await settledBytes(bus, run.smoke)) - emptyBytes))
        bus = await bus.restart('SIGKILL')
        killed!.push(bus.readyMs / 1_000)
        run.say(
          `waiting-million: round ${round + 1}: ${over!.at(-1)!.toFixed(0)} MB over empty, ready after ${clean!.at(-1)!.toFixed(2)} s, killed ${killed!.at(-1)!.toFixed(2)} s`,
        )
      }
      const notes = [`An empty bus takes ${megabytes(emptyBytes).toFixed(0)} MB.`]
      return [
        bounded('A million events waiting: memory over empty, after they were published', 'MB', [afterFill], {
          label: 'RSS',
          wanted: { atMost: 150 },
          notes,
        }),
        bounded('A million events waiting: memory over empty, after a restart', 'MB', over!, {
          label: 'RSS',
          wanted: { atMost: 150 },
          notes,
        }),
        bounded('A million events waiting: restart to ready', 's', clean!, { label: 'after SIGTERM', wanted: { atMost: 10 } }),
        bounded('A million events waiting: restart to ready after a kill', 's', killed!, {
          label: 'after SIGKILL',
          wanted: { atMost: 10 },
        }),
      ]
    } finally {
      await Promise.all([load.end(), bus.end()])
    }
  },
}

/** The median of ten looks, once start-up or load has faded. */
async function settledBytes(bus: BusProcess, smoke: boolean): Promise<number> {
  const looks: number[] = []
  for (let i = 0; i < 10; i++) {
    await wait(smoke ? 10 : 500)
    looks.push(bus.usage().rssBytes)
  }
  return looks.sort((a, b) => a - b)[5]!
}

function megabytes(bytes: number): number {
  return bytes / 1_000_000
}
