/** Reads a topic over SSE and counts the events: over a plain socket, for a parser would be slower than the server. */
import { connect } from 'node:net'
import { answerJobs } from '../harness/processes.js'

export interface SseJob {
  readonly port: number
  readonly topic: string
  /** Ends after so many. */
  readonly events: number
}

/** Answers events a second. */
answerJobs<SseJob, number>(({ port, topic, events }) => {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write(`GET /v1/topics/${topic}/events?since=all HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n\r\n`)
    })
    let count = 0
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      const bytes = Buffer.concat([rest, chunk])
      for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) count++
      rest = Buffer.from(bytes.subarray(Math.max(0, bytes.length - mark.length + 1)))
      if (count < events) return
      socket.destroy()
      resolve(count / ((performance.now() - begun) / 1_000))
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`The stream ended after ${count} of ${events} events: ${rest.toString('latin1')}`)))
  })
})

const mark = Buffer.from('\ndata:')
