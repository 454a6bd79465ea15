import { collectDefaultMetrics, Registry } from 'prom-client'

/** One metric with its values of this moment. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: readonly { readonly value: number; readonly labels?: Readonly<Record<string, string>>; readonly metricName?: string }[]
}

/** Upper bounds in seconds: a durable publish takes under a millisecond on a quiet disk, and tens at a checkpoint. */
const publishBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const

/**
 * What the doors count. Hot paths touch plain numbers only; Prometheus text is made when it is asked for.
 * Names and units follow Prometheus: seconds, bytes, `_total` for what only grows.
 */
export class Metrics {
  /** Readers over SSE, NDJSON or WebSocket that were cut off because they took nothing. */
  slowReaders = 0
  /** Connections refused because there were too many. */
  droppedConnections = 0
  /** Open SSE and NDJSON streams. */
  streams = 0
  /** Open WebSockets. */
  sockets = 0
  readonly #problems = new Map<string, number>()
  readonly #publishBuckets = new Float64Array(publishBounds.length + 1)
  #publishSeconds = 0
  readonly #process = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#process })
  }

  get contentType(): string {
    return this.#process.contentType
  }

  /** A request was answered with an error of this code. */
  problem(code: string): void {
    this.#problems.set(code, (this.#problems.get(code) ?? 0) + 1)
  }

  /** A publish, of one event or a batch, was answered after so long. */
  publishTook(ms: number): void {
    this.#publishSeconds += ms / 1_000
    let bucket = 0
    while (bucket < publishBounds.length && ms > publishBounds[bucket]! * 1_000) bucket++
    this.#publishBuckets[bucket]! += 1
  }

  /** Prometheus text: the process, what the doors counted, and `more`. */
  async render(more: readonly Family[]): Promise<string> {
    const registry = new Registry()
    for (const family of [...this.#own(), ...more]) {
      // A registry asks its metrics for nothing but this.
      registry.registerMetric({ ...family, get: () => family } as never)
    }
    return `${await this.#process.metrics()}\n${await registry.metrics()}`
  }

  #own(): readonly Family[] {
    return [
      {
        name: 'hms_sync_dropped_connections_total',
        help: 'Connections refused because there were too many.',
        type: 'counter',
        values: [{ value: this.droppedConnections }],
      },
      gauge('hms_sync_streams', 'Open event streams (SSE and NDJSON).', this.streams),
      gauge('hms_sync_websockets', 'Open WebSockets.', this.sockets),
      {
        name: 'hms_sync_slow_readers_total',
        help: 'Readers cut off because they took nothing for too long.',
        type: 'counter',
        values: [{ value: this.slowReaders }],
      },
      {
        name: 'hms_sync_http_problems_total',
        help: 'Requests answered with an error, by code.',
        type: 'counter',
        values: [...this.#problems].map(([code, value]) => ({ value, labels: { code } })),
      },
      this.#publishDuration(),
    ]
  }

  #publishDuration(): Family {
    return histogram({
      name: 'hms_sync_publish_duration_seconds',
      help: 'From the body’s arrival to the durable answer of a publish over HTTP, of one event or a batch.',
      series: [{ labels: {}, bounds: publishBounds, counts: this.#publishBuckets, sumSeconds: this.#publishSeconds }],
    })
  }
}

export interface HistogramSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly bounds: readonly number[]
  /** By bound, the last one for what is above them all. Not cumulative. */
  readonly counts: ArrayLike<number>
  readonly sumSeconds: number
}

/** Buckets as Prometheus has them: each with all that is below it. */
export function histogram({ name, help, series }: Pick<Family, 'name' | 'help'> & { readonly series: readonly HistogramSeries[] }): Family {
  const values: Family['values'][number][] = []
  for (const { labels, bounds, counts, sumSeconds } of series) {
    let count = 0
    for (const [index, bound] of [...bounds, '+Inf' as const].entries()) {
      count += counts[index]!
      values.push({ value: count, labels: { ...labels, le: String(bound) }, metricName: `${name}_bucket` })
    }
    values.push({ value: sumSeconds, labels, metricName: `${name}_sum` }, { value: count, labels, metricName: `${name}_count` })
  }
  return { name, help, type: 'histogram', values }
}

export function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', values: [{ value }] }
}
