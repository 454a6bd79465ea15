import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { httpProducer } from './producer.js'
import { readLog } from './read-log.js'
import { RecordingTarget } from './recording-target.js'
import { violationsOfGroup, violationsOfIdempotency, violationsOfLog } from './violations.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'permitApproved'

it('brings everything to a target that was away while the bus was killed, in order per key, with one Idempotency-Key a event', async () => {
  expect(await surviveOutage()).toEqual([])
})

it.each([
  ['no-order', /came with \d+ behind \d+/],
  ['fresh-idempotency-key', /another Idempotency-Key/],
  ['give-up', /never came/],
])('notices the planted bug %s', async (plant, violation) => {
  expect((await surviveOutage([plant], 5_000)).join()).toMatch(violation)
})

/** The target is sick, then away, then back; meanwhile events are published and the bus is killed twice. */
async function surviveOutage(plants: readonly string[] = [], drainMs = 60_000): Promise<readonly string[]> {
  let sick = true
  const target = await RecordingTarget.start({ answers: () => (sick ? 503 : 200) })
  onTestFinished(() => target.stop())
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `${topic}: { key: key, partitions: 2, consumers: [scheduling] }\n`,
      'adapters/scheduling.js': target.adapterFile(),
    },
    plants,
  })
  onTestFinished(() => lives.dispose())
  target.lives = lives
  const producers = Array.from({ length: 4 }, (_, i) => httpProducer({ url: lives.url, source: `p${i}`, topic, keys: 3 }))
  const acknowledged = () => producers.flatMap((producer) => producer.acknowledged)
  const more = async (count: number): Promise<void> => {
    const enough = acknowledged().length + count
    await eventually(() => acknowledged().length >= enough || undefined)
  }
  await more(40)
  await eventually(() => target.receipts.length > 0 || undefined)
  await target.stop()
  await more(40)
  await lives.end()
  await lives.start()
  await more(40)
  await lives.end()
  await Promise.all([lives.start(), target.resume()])
  await eventually(() => target.receipts.some(({ life }) => life === lives.count) || plants.includes('give-up') || undefined)
  sick = false
  await more(40)
  await Promise.all(producers.map((producer) => producer.stop()))

  const log = await readLog(lives.url, topic)
  const drained = AbortSignal.timeout(drainMs)
  await eventually(() => drained.aborted || log.every(({ id }) => target.accepted.has(id)) || undefined)
  const taken = target.receipts.filter(({ settledAt }) => settledAt !== null)
  return [
    ...violationsOfLog(log, acknowledged()),
    ...violationsOfGroup('scheduling', taken, log, lives.endedAt),
    ...violationsOfIdempotency(target.receipts),
  ]
}
