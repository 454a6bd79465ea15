/**
 * Sends one kind of request over many kept-alive connections, each with one request under way, straight over sockets:
 * undici would cost as much as the server that is measured.
 */
import { connect, type Socket } from 'node:net'
import { answerJobs } from '../harness/processes.js'
import { quantile } from '../harness/statistics.js'
import { type RequestSpec, RequestTemplate } from './request-template.js'

export interface HttpLoadJob {
  readonly port: number
  readonly connections: number
  /** Each connection sends them in turn. */
  readonly requests: readonly RequestSpec[]
  /** Ends after so long, or after so many requests. */
  readonly until: { readonly ms: number } | { readonly sent: number }
  /** Where `%number%` starts. */
  readonly from?: number
  /** Numbers start again at 0 there: so many different keys. */
  readonly numbers?: number
}

export interface HttpLoadAnswer {
  readonly requests: number
  readonly ms: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Share of one processor that this generator used: near 1 it was the bottleneck. */
  readonly busy: number
  /** Behind the last number used. */
  readonly next: number
}

answerJobs<HttpLoadJob, HttpLoadAnswer>(async (job) => {
  const shared: Shared = { job, number: job.from ?? 0, sent: 0, begun: 0, cpu: process.cpuUsage(), latencies: [] }
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => open(job.port)))
  shared.begun = performance.now()
  await Promise.all(sockets.map((socket) => keepSending(socket, shared)))
  const ms = performance.now() - shared.begun
  for (const socket of sockets) socket.destroy()
  const { user, system } = process.cpuUsage(shared.cpu)
  return {
    requests: shared.latencies.length,
    ms,
    p50Ms: quantile(shared.latencies, 0.5),
    p99Ms: quantile(shared.latencies, 0.99),
    busy: (user + system) / 1_000 / ms,
    next: shared.number,
  }
})

interface Shared {
  readonly job: HttpLoadJob
  number: number
  sent: number
  begun: number
  readonly cpu: NodeJS.CpuUsage
  readonly latencies: number[]
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

function keepSending(socket: Socket, shared: Shared): Promise<void> {
  const { job } = shared
  const templates = job.requests.map((request) => new RequestTemplate(request, `127.0.0.1:${job.port}`))
  const numbers = job.numbers ?? Number.MAX_SAFE_INTEGER
  const next = (): number => shared.number++ % numbers
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let rest: Buffer | null = null
    const send = (): void => {
      const over = 'ms' in job.until ? performance.now() - shared.begun >= job.until.ms : shared.sent >= job.until.sent
      if (over) {
        resolve()
        return
      }
      const template = templates[shared.sent++ % templates.length]!
      template.fill(next)
      sentAt = performance.now()
      socket.write(template.bytes)
    }
    socket.on('data', (chunk: Buffer) => {
      const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk])
      const end = endOfAnswer(bytes)
      if (end === -1) {
        rest = bytes
        return
      }
      rest = null
      // 2xx alone counts: a refusal is quicker than the work.
      if (bytes[9] !== 50) {
        reject(new Error(`The server answered:\n${bytes.toString('latin1', 0, 2_000)}`))
        return
      }
      shared.latencies.push(performance.now() - sentAt)
      send()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server closed the connection.')))
    send()
  })
}

/** Behind the answer's last byte, or -1 while it is not complete. */
function endOfAnswer(bytes: Buffer): number {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return -1
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /content-length: (\d+)/i.exec(head)
  if (length === null) throw new Error(`An answer without content-length cannot be measured:\n${head}`)
  const end = headEnd + 4 + Number(length[1])
  return bytes.length >= end ? end : -1
}
