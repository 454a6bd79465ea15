import { startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark } from '../harness/figure.js'
import { startWorker } from '../harness/processes.js'
import type { TargetAnswer, TargetJob } from '../load/delivery-target.js'

const systems = 20
const troubled = 2
const perSecond = 50

export const troubledTargets: Benchmark = {
  name: 'troubled-targets',
  question: 'What do the others feel of a system that hangs and one that fails, among twenty?',
  async measure(run) {
    const target = await startWorker<TargetJob, TargetAnswer>(new URL('../load/delivery-target.ts', import.meta.url))
    const { port } = await target.ask({ do: 'listen' })
    const start = (paths: readonly string[]) => {
      const names = paths.map((_path, i) => `system-${i}`)
      return startBus({
        'topics.yaml': `bench.permits:\n  key: permitId\n  consumers: [${names.join(', ')}]\n`,
        ...Object.fromEntries(
          paths.map((path, i) => [`adapters/system-${i}.yaml`, `url: http://127.0.0.1:${port}${path}\ntimeoutMs: 2000\n`] as const),
        ),
      })
    }
    const sound = Array.from({ length: systems - troubled }, () => '/slots')
    const [well, ill] = await Promise.all([start(sound), start([...sound, '/hang', '/fail'])])
    const p99 = async (url: string): Promise<number> => {
      const job = { url, topic: 'bench.permits', perSecond, ms: run.sampleMs, systems: sound.length }
      return (await target.ask({ do: 'publish', ...job })).p99Ms
    }
    try {
      const figure = await contest(run, {
        name: `The other ${sound.length} of ${systems} systems, when one hangs and one fails: p99`,
        unit: 'ms',
        measured: { label: 'one hangs, one fails', sample: () => p99(ill.url) },
        ceiling: { label: 'all are well', sample: () => p99(well.url) },
        wanted: { atMost: 2 },
      })
      return [figure]
    } finally {
      await Promise.all([well.end(), ill.end(), target.end()])
    }
  },
}
