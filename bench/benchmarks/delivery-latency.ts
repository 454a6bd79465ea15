import { startBus } from '../harness/bus-process.js'
import { bounded } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import type { TargetAnswer, TargetJob } from '../load/delivery-target.js'

const perSecond = 1_000

export const deliveryLatency: Benchmark = {
  name: 'delivery-latency',
  question: 'How long from publish to the system that an adapter posts to, at 1,000 events a second?',
  async measure(run) {
    const target = await startWorker<TargetJob, TargetAnswer>(new URL('../load/delivery-target.ts', import.meta.url))
    const { port } = await target.ask({ do: 'listen' })
    const bus = await startBus({
      'topics.yaml': 'bench.permits:\n  key: permitId\n  consumers: [scheduling]\n',
      'adapters/scheduling.js': `export default { url: 'http://127.0.0.1:${port}/slots', map: (permit) => permit }\n`,
    })
    try {
      const rounds: TargetAnswer[] = []
      for (let round = -1; round < run.rounds; round++) {
        const answer = await target.ask({ do: 'publish', url: bus.url, topic: 'bench.permits', perSecond, ms: run.sampleMs, systems: 1 })
        run.say(`delivery-latency: round ${round + 1}: p50 ${answer.p50Ms.toFixed(2)} ms, p95 ${answer.p95Ms.toFixed(2)} ms`)
        if (round >= 0) rounds.push(answer)
      }
      const label = 'publish to delivered'
      return [
        bounded(
          'Publish to delivered at 1,000/s, p50',
          'ms',
          rounds.map(({ p50Ms }) => p50Ms),
          { label, wanted: { atMost: 3 } },
        ),
        bounded(
          'Publish to delivered at 1,000/s, p95',
          'ms',
          rounds.map(({ p95Ms }) => p95Ms),
          { label, wanted: { atMost: 15 } },
        ),
      ]
    } finally {
      await Promise.all([bus.end(), target.end()])
    }
  },
}
