import type { RelayJob } from '../ceilings/relay.js'
import { startBus } from '../harness/bus-process.js'
import { bounded } from '../harness/contest.js'
import type { Benchmark, Figure } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import { summarise } from '../harness/statistics.js'
import type { SdkLoadAnswer, SdkLoadJob } from '../load/sdk-load.js'

const perSecond = 1_000

export const latency: Benchmark = {
  name: 'latency',
  question: 'How long from publish to the subscriber, at 1,000 events a second?',
  async measure(run) {
    const bus = await startBus({ 'topics.yaml': 'bench.permits:\n  key: permitId\n' })
    const sdk = await startWorker<SdkLoadJob, SdkLoadAnswer>(new URL('../load/sdk-load.ts', import.meta.url))
    const relay = await startWorker<RelayJob, { readonly p50Ms: number; readonly p95Ms: number }>(
      new URL('../ceilings/relay.ts', import.meta.url),
    )
    try {
      const through: SdkLoadAnswer[] = []
      const bare: { readonly p50Ms: number; readonly p95Ms: number }[] = []
      for (let round = -1; round < run.rounds; round++) {
        const answer = await sdk.ask({ do: 'latency', url: bus.url, topic: 'bench.permits', perSecond, ms: run.sampleMs })
        const alone = await relay.ask({ perSecond, ms: run.sampleMs })
        run.say(
          `latency: round ${round + 1}: p50 ${answer.p50Ms!.toFixed(2)} ms, p95 ${answer.p95Ms!.toFixed(2)} ms, p99 ${answer.p99Ms!.toFixed(2)} ms`,
        )
        // The first round warms up.
        if (round < 0) continue
        through.push(answer)
        bare.push(alone)
      }
      const figure = (name: string, of: (answer: { p50Ms?: number; p95Ms?: number }) => number, atMost: number): Figure => {
        const measured = bounded(name, 'ms', through.map(of), { label: 'publish to subscriber', wanted: { atMost } })
        return { ...measured, ceiling: { label: 'the same frames over a WebSocket relay, nothing stored', ...summarise(bare.map(of)) } }
      }
      return [
        figure('Publish to subscriber at 1,000/s, p50', (answer) => answer.p50Ms!, 2),
        figure('Publish to subscriber at 1,000/s, p95', (answer) => answer.p95Ms!, 10),
      ]
    } finally {
      await Promise.all([sdk.end(), relay.end(), bus.end()])
    }
  },
}
