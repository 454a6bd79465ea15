/** undici POSTing bodies like those of the adapter, over as many connections: no log, no mapping, no order, no progress. */
import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { answerJobs } from '../harness/processes.js'
import { payloadText } from '../load/events.js'

/** Answers requests a second. */
answerJobs<{ readonly url: string; readonly connections: number; readonly requests: number }, number>(
  async ({ url, connections, requests }) => {
    const pool = new Pool(url, { connections, pipelining: 1 })
    const begun = performance.now()
    let sent = 0
    const keepSending = async (): Promise<void> => {
      while (sent < requests) {
        const body = payloadText().replace('%number%', String(++sent).padStart(12, '1'))
        const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
        const { statusCode, body: answer } = await pool.request({ method: 'POST', path: '/slots', headers, body })
        if (statusCode !== 200) throw new Error(`nginx answered ${statusCode}.`)
        await answer.dump()
      }
    }
    await Promise.all(Array.from({ length: connections }, keepSending))
    const seconds = (performance.now() - begun) / 1_000
    await pool.close()
    return sent / seconds
  },
)
