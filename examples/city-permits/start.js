/**
 * `npm start`: the scheduling system, the bus with this folder, and a permits office that approves a permit every few
 * seconds. Everything that happens is told on the terminal. With --once it ends by itself after three permits.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connect } from '@hms-sync/client'
import { tell, tellNextSteps, tellWelcome } from './start/narrator.js'
import { nextPermit } from './start/permits.js'
import { startProgram } from './start/program.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const command = fileURLToPath(new URL('../../packages/bus/bin/hms-sync.js', import.meta.url))
const once = process.argv.includes('--once')
const secondsBetweenPermits = once ? 0 : 4
const permitsOfOnce = 3
const applyTimeoutMs = 30_000
/** What the bus says to type next; here it is said after the first permit. */
const untold = /^(Next, in another terminal| {2}(export|npx|hms-sync) |Ctrl-C stops)/

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort())

process.exitCode = await main()

async function main() {
  tellWelcome()
  const running = []
  try {
    const scheduling = startProgram('scheduling', [`${here}scheduling-system.js`], { env: {} })
    running.unshift(scheduling)
    const schedulingUrl = await scheduling.says(/(http:\S+\/api\/slots)/)
    const data = process.env.HMS_SYNC_DATA ?? `${here}.hms-sync`
    const bus = startProgram('bus', [command, 'serve', here, '--data', data], { env: { SCHEDULING_URL: schedulingUrl }, untold })
    running.unshift(bus)
    const url = await bus.says(/listens on (http:\S+)/)
    await bus.says(/(Ctrl-C stops)/)
    const ended = Promise.race(running.map((program) => program.failed))
    await Promise.race([office(url, schedulingUrl), ended])
    return 0
  } catch (error) {
    if (stopping.signal.aborted) return 0
    tell('start', error.message)
    return 1
  } finally {
    if (stopping.signal.aborted) tell('start', 'Stopping: first the bus, which finishes what is under way, then the scheduling system.')
    for (const program of running) await program.stop()
    if (stopping.signal.aborted) tell('start', 'Everything is stopped. What was published is kept; `npm start` goes on from there.')
  }
}

/** The permits office: another program that publishes through the SDK. */
async function office(url, schedulingUrl) {
  const bus = await connect({ url, name: 'hms-api', signal: stopping.signal })
  try {
    for (let count = 1; !stopping.signal.aborted; count += 1) {
      const permit = nextPermit(count)
      const { position } = await bus.publish('permitApproved', permit)
      tell('hms-api', `approved permit ${permit.permitId} and published permitApproved: stored durably at position ${position}`)
      if (once && count === permitsOfOnce) return await applied(schedulingUrl, permit.permitId)
      if (!once && count === 1) {
        await applied(schedulingUrl, permit.permitId)
        tellNextSteps(url)
      }
      await sleep(secondsBetweenPermits * 1_000, undefined, { signal: stopping.signal })
    }
  } finally {
    await bus.close().catch(() => {})
  }
}

/** Waits until the scheduling system itself shows the permit. */
async function applied(schedulingUrl, permitId) {
  const deadline = AbortSignal.any([stopping.signal, AbortSignal.timeout(applyTimeoutMs)])
  for (;;) {
    const { slots } = await (await fetch(schedulingUrl, { signal: deadline })).json()
    if (slots.some((slot) => slot.permitId === permitId)) return
    await sleep(50, undefined, { signal: deadline })
  }
}
