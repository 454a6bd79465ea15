import { type BusProcess, startBus } from '../harness/bus-process.js'
import { contest } from '../harness/contest.js'
import type { Benchmark, Figure, Run } from '../harness/figure.js'
import { startWorker, type Worker } from '../harness/processes.js'
import { batchPost } from '../load/events.js'
import { HttpLoad } from '../load/http-load-client.js'
import type { SdkLoadAnswer, SdkLoadJob } from '../load/sdk-load.js'

/** One size of an installation: how much there is of each thing. Events are spread evenly over topics and keys. */
interface Size {
  readonly topics: number
  readonly groups: number
  readonly keys: number
  readonly backlog: number
}

const small: Size = { topics: 50, groups: 5, keys: 1_000, backlog: 20_000 }

export const growth: Benchmark = {
  name: 'growth',
  question: 'Does an event cost the same where there is ten times as much of everything?',
  async measure(run) {
    const figures: Figure[] = []
    // Each kind starts two buses: one kind shows that it works.
    for (const name of run.smoke ? (['groups'] as const) : (['topics', 'groups', 'keys', 'backlog'] as const)) {
      figures.push(await compare(run, name))
    }
    return figures
  },
}

async function compare(run: Run, name: keyof Size): Promise<Figure> {
  const large = { ...small, [name]: small[name] * 10 }
  const [few, many] = await Promise.all([Installation.start(run, small), Installation.start(run, large)])
  try {
    return await contest(run, {
      name: `Ten times the ${name}`,
      unit: 'µs of processor an event, published and taken',
      measured: { label: `${large[name].toLocaleString('en-US')} ${name}`, sample: () => many.costOfAnEvent() },
      ceiling: { label: `${small[name].toLocaleString('en-US')} ${name}`, sample: () => few.costOfAnEvent() },
      wanted: { atMost: 1.3 },
    })
  } finally {
    await Promise.all([few.end(), many.end()])
  }
}

class Installation {
  readonly #size: Size
  readonly #bus: BusProcess
  readonly #load: HttpLoad
  readonly #sdk: Worker<SdkLoadJob, SdkLoadAnswer>
  readonly #topics: readonly string[]

  static async start(run: Run, size: Size): Promise<Installation> {
    const topics = Array.from({ length: size.topics }, (_, i) => `bench.t${i}`)
    const bus = await startBus({
      'topics.yaml': topics.map((topic, i) => `${topic}:\n  key: permitId\n  consumers: [group-${i % size.groups}]\n`).join(''),
    })
    const sdk = await startWorker<SdkLoadJob, SdkLoadAnswer>(new URL('../load/sdk-load.ts', import.meta.url))
    return new Installation(
      { ...size, backlog: Math.max(run.amount(size.backlog), 1_000) },
      { bus, sdk, topics, load: await HttpLoad.start() },
    )
  }

  private constructor(
    size: Size,
    parts: { bus: BusProcess; sdk: Worker<SdkLoadJob, SdkLoadAnswer>; topics: readonly string[]; load: HttpLoad },
  ) {
    this.#size = size
    this.#bus = parts.bus
    this.#load = parts.load
    this.#sdk = parts.sdk
    this.#topics = parts.topics
  }

  /** Publishes the backlog, then has all groups take it; processor time of the bus, µs. */
  async costOfAnEvent(): Promise<number> {
    const { backlog, keys, groups } = this.#size
    const before = this.#bus.usage().cpuMs
    const requests = this.#topics.map((topic) => batchPost(topic, { size: 20, ids: 'own' }))
    const sent = Math.ceil(backlog / 20)
    await this.#load.run({ port: this.#bus.port, connections: 8, requests, numbers: keys, from: 0, until: { sent } })
    await this.#sdk.ask({
      do: 'consume',
      url: this.#bus.url,
      groups: Array.from({ length: groups }, (_, i) => ({
        name: `group-${i}`,
        topics: this.#topics.filter((_topic, number) => number % groups === i),
      })),
      total: sent * 20,
    })
    return ((this.#bus.usage().cpuMs - before) * 1_000) / (sent * 20)
  }

  async end(): Promise<void> {
    await Promise.all([this.#load.end(), this.#sdk.end(), this.#bus.end()])
  }
}
