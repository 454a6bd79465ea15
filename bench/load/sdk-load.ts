/** Publishes and consumes through the SDK, as a service would. */
import { connect } from '@hms-sync/client'
import { answerJobs } from '../harness/processes.js'
import { quantile } from '../harness/statistics.js'
import { payloadText } from './events.js'

export type SdkLoadJob =
  | { readonly do: 'publish'; readonly url: string; readonly topic: string; readonly inFlight: number; readonly ms: number }
  | { readonly do: 'latency'; readonly url: string; readonly topic: string; readonly perSecond: number; readonly ms: number }
  /** Takes and acknowledges `total` events in all. */
  | {
      readonly do: 'consume'
      readonly url: string
      readonly groups: readonly { readonly name: string; readonly topics: readonly string[] }[]
      readonly total: number
    }

export interface SdkLoadAnswer {
  readonly count: number
  readonly ms: number
  /** Share of one processor. */
  readonly busy: number
  readonly p50Ms?: number
  readonly p95Ms?: number
  readonly p99Ms?: number
}

answerJobs<SdkLoadJob, SdkLoadAnswer>(async (job) => {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const told = job.do === 'publish' ? await publish(job) : job.do === 'latency' ? await latency(job) : await consume(job)
  const ms = told.ms ?? performance.now() - begun
  const { user, system } = process.cpuUsage(cpu)
  return { ...told, ms, busy: (user + system) / 1_000 / (performance.now() - begun) }
})

type Told = Pick<SdkLoadAnswer, 'count' | 'p50Ms' | 'p95Ms' | 'p99Ms'> & { readonly ms?: number }

let number = 0

function payload(): object {
  return { ...template, permitId: ++number }
}

async function publish(job: SdkLoadJob & { do: 'publish' }): Promise<Told> {
  const bus = await connect({ url: job.url, name: 'bench' })
  const begun = performance.now()
  let count = 0
  const keepPublishing = async (): Promise<void> => {
    while (performance.now() - begun < job.ms) {
      await bus.publish(job.topic, payload())
      count++
    }
  }
  await Promise.all(Array.from({ length: job.inFlight }, keepPublishing))
  const ms = performance.now() - begun
  await bus.close()
  return { count, ms }
}

/** Publisher and subscriber on connections of their own, one clock. Events leave by the schedule, whether or not earlier ones came. */
async function latency(job: SdkLoadJob & { do: 'latency' }): Promise<Told> {
  const [publisher, subscriber] = await Promise.all([connect({ url: job.url, name: 'bench' }), connect({ url: job.url })])
  const latencies: number[] = []
  const subscription = subscriber.subscribe(
    job.topic,
    (message) => {
      latencies.push(performance.now() - (message.payload as { sentAt: number }).sentAt)
    },
    { concurrency: 256 },
  )
  await subscription.ready
  const begun = performance.now()
  let sent = 0
  while (performance.now() - begun < job.ms) {
    const due = ((performance.now() - begun) / 1_000) * job.perSecond
    for (; sent < due; sent++) publisher.publish(job.topic, { ...payload(), sentAt: performance.now() }).catch(fail)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const patience = performance.now() + 10_000
  while (latencies.length < sent && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 10))
  await Promise.all([publisher.close(), subscriber.close()])
  if (latencies.length < sent) throw new Error(`${sent - latencies.length} of ${sent} events did not arrive.`)
  return { count: sent, p50Ms: quantile(latencies, 0.5), p95Ms: quantile(latencies, 0.95), p99Ms: quantile(latencies, 0.99) }
}

async function consume(job: SdkLoadJob & { do: 'consume' }): Promise<Told> {
  const bus = await connect({ url: job.url, name: 'bench' })
  let count = 0
  await new Promise<void>((resolve, reject) => {
    for (const { name, topics } of job.groups) {
      const subscription = bus.subscribe(
        topics,
        () => {
          if (++count === job.total) setImmediate(resolve)
        },
        { group: name, from: 'all', concurrency: 256 },
      )
      subscription.closed.catch(reject)
    }
  })
  await bus.close()
  return { count }
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}

const template = JSON.parse(payloadText().replace('%number%', '100000000000')) as object
