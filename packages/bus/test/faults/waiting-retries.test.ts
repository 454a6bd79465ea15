import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { publishBatch } from './producer.js'
import { RecordingTarget } from './recording-target.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'permitApproved'
/** Seconds, by the number of the event. */
const waits = [5, 7, 9] as const
/** A bus that starts while an event falls due sends it when it is ready. */
const startMs = 6_000

it('tries what waits for its next try at its time, though the bus was killed twice meanwhile', async () => {
  for (const [n, waited] of (await waitsOverKills()).entries()) {
    expect(waited, `event ${n}`).toBeGreaterThan(waits[n]! * 1_000 - 100)
    expect(waited, `event ${n}`).toBeLessThan(waits[n]! * 1_000 + startMs)
  }
})

it('notices the planted bug forget-due', async () => {
  const waited = await waitsOverKills(['forget-due'])
  expect(waited[2]).toBeLessThan(waits[2] * 1_000 - 100)
})

/** Three events are answered 500 with `Retry-After`; the bus is killed, and killed again. Milliseconds from each one's first try to its second. */
async function waitsOverKills(plants: readonly string[] = []): Promise<readonly number[]> {
  const target = await RecordingTarget.start({
    answers: ({ n, tries }) => (tries === 1 ? { status: 500, retryAfter: waits[n]! } : 200),
  })
  onTestFinished(() => target.stop())
  const files = { 'topics.yaml': `${topic}: { key: key, consumers: [scheduling] }\n`, 'adapters/scheduling.js': target.adapterFile() }
  const lives = await Lives.begin({ files, plants })
  onTestFinished(() => lives.dispose())
  const events = waits.map((_, n) => ({ key: `k${n}`, n }))
  await publishBatch(lives.url, topic, events)
  await eventually(async () => {
    const { topics } = (await (await fetch(`${lives.url}/v1/groups/scheduling`)).json()) as { topics: { retrying: number }[] }
    return topics[0]!.retrying === events.length || undefined
  })
  for (let kill = 0; kill < 2; kill++) {
    // What the bus says of its retries it has handed to its store in the same turn; that is durable within moments.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await lives.end()
    await lives.start()
  }
  await eventually(() => target.accepted.size === events.length || undefined)
  return events.map(({ n }) => {
    const [first, second] = target.receipts.filter((receipt) => receipt.n === n)
    return second!.at - first!.at
  })
}
