/** A WebSocket server that passes frames on, in a process of its own, and a publisher and a subscriber on it: the least that any bus needs. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WebSocket, WebSocketServer } from 'ws'
import { answerJobs } from '../harness/processes.js'
import { quantile } from '../harness/statistics.js'
import { payloadText } from '../load/events.js'

export interface RelayJob {
  readonly perSecond: number
  readonly ms: number
}

if (process.argv[2] === 'relay') serve()
else {
  const relay = fork(fileURLToPath(import.meta.url), ['relay'], { execArgv: ['--import', 'tsx'] })
  const [port] = (await once(relay, 'message')) as [number]
  process.on('exit', () => relay.kill())
  const text = payloadText()
  answerJobs<RelayJob, { readonly p50Ms: number; readonly p95Ms: number }>(async (job) => {
    const [publisher, subscriber] = await Promise.all([open(port), open(port)])
    const latencies: number[] = []
    subscriber.on('message', (data: Buffer) =>
      latencies.push(performance.now() - (JSON.parse(data.toString()) as { sentAt: number }).sentAt),
    )
    const begun = performance.now()
    let sent = 0
    while (performance.now() - begun < job.ms) {
      const due = ((performance.now() - begun) / 1_000) * job.perSecond
      for (; sent < due; sent++) publisher.send(`{"sentAt":${performance.now()},"payload":${text.replace('%number%', '100000000000')}}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    while (latencies.length < sent) await once(subscriber, 'message')
    publisher.terminate()
    subscriber.terminate()
    return { p50Ms: quantile(latencies, 0.5), p95Ms: quantile(latencies, 0.95) }
  })
}

function serve(): void {
  const server: WebSocketServer = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () =>
    process.send!((server.address() as { port: number }).port),
  )
  server.on('connection', (from) => {
    from.on('message', (data, isBinary) => {
      for (const to of server.clients) if (to !== from) to.send(data, { binary: isBinary })
    })
  })
  process.on('disconnect', () => process.exit(0))
}

async function open(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}
