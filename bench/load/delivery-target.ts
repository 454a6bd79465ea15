/**
 * Publishes at a steady rate and is the system that the adapters post to: one process, one clock. Paths under `/hang` are
 * never answered, those under `/fail` with 500.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from '@hms-sync/client'
import { answerJobs } from '../harness/processes.js'
import { quantile } from '../harness/statistics.js'
import { payloadText } from './events.js'

export type TargetJob =
  | { readonly do: 'listen' }
  | {
      readonly do: 'publish'
      readonly url: string
      readonly topic: string
      readonly perSecond: number
      readonly ms: number
      /** Systems that answer: each gets every event. */
      readonly systems: number
    }

export interface TargetAnswer {
  readonly port: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

const template = JSON.parse(payloadText().replace('%number%', '100000000000')) as object
let latencies: number[] = []

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const path = request.url ?? ''
    if (path.startsWith('/hang')) return
    if (path.startsWith('/fail')) {
      response.writeHead(500).end()
      return
    }
    const { sentAt } = JSON.parse(Buffer.concat(chunks).toString()) as { sentAt?: number }
    if (sentAt !== undefined) latencies.push(performance.now() - sentAt)
    response.writeHead(200, { 'content-length': '0' }).end()
  })
})

answerJobs<TargetJob, TargetAnswer>(async (job) => {
  if (job.do === 'listen') {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return answer()
  }
  latencies = []
  const bus = await connect({ url: job.url, name: 'bench' })
  const begun = performance.now()
  let sent = 0
  while (performance.now() - begun < job.ms) {
    const due = ((performance.now() - begun) / 1_000) * job.perSecond
    for (; sent < due; sent++) {
      bus.publish(job.topic, { ...template, permitId: ++number, sentAt: performance.now() }).catch((error: unknown) => {
        console.error(error)
        process.exit(1)
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const patience = performance.now() + 30_000
  while (latencies.length < sent * job.systems && performance.now() < patience) await new Promise((resolve) => setTimeout(resolve, 10))
  await bus.close()
  if (latencies.length < sent * job.systems) throw new Error(`${sent * job.systems - latencies.length} deliveries did not arrive.`)
  return answer()
})

let number = 0

function answer(): TargetAnswer {
  const { port } = server.address() as AddressInfo
  return { port, p50Ms: quantile(latencies, 0.5), p95Ms: quantile(latencies, 0.95), p99Ms: quantile(latencies, 0.99) }
}
