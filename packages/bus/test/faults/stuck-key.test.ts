import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { publishBatch } from './producer.js'
import { readGroup } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { RecordingTarget } from './recording-target.js'

const later = Number(process.env.HMS_SYNC_FAULT_EVENTS ?? 10_000)
const topic = 'orders'

it('sends again only what was in flight, with one key stuck and 10,000 later events done', { timeout: 120_000 }, async () => {
  expect(await repeatsAfterKill()).toEqual({ clinic: [], scheduling: [] })
})

it('notices the planted bug forget-finished-ahead', { timeout: 120_000 }, async () => {
  const { clinic, scheduling } = await repeatsAfterKill(['forget-finished-ahead'])
  expect(clinic.length).toBeGreaterThan(0)
  expect(scheduling.length).toBeGreaterThan(0)
})

/** One key is stuck with a subscriber and with an adapter's target, everything else is done; then the bus is killed. Which of the done come again? */
async function repeatsAfterKill(
  plants: readonly string[] = [],
): Promise<{ readonly clinic: readonly string[]; readonly scheduling: readonly string[] }> {
  const target = await RecordingTarget.start({ answers: ({ key }) => (key === 'stuck' ? 500 : 200) })
  onTestFinished(() => target.stop())
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `${topic}: { key: key, consumers: [clinic, scheduling] }\n`,
      'adapters/scheduling.js': target.adapterFile({ retry: ['500ms'], maxAttempts: null }),
    },
  })
  onTestFinished(() => lives.dispose())
  const clinic = await RecordedGroup.join(lives, { group: 'clinic', topic, concurrency: 64, stuck: new Set(['stuck']) })
  onTestFinished(() => clinic.close())

  // Every hundredth event is of the stuck key, so that what is done lies in a hundred ranges.
  const events = Array.from({ length: later }, (_, i) => (i % 100 === 0 ? { key: 'stuck', n: i } : { key: `k${i % 77}`, n: i }))
  for (let i = 0; i < events.length; i += 1_000) await publishBatch(lives.url, topic, events.slice(i, i + 1_000))
  const stuck = Math.ceil(later / 100)
  for (const group of ['clinic', 'scheduling'])
    await eventually(async () => (await readGroup(lives.url, group)).topics[0]!.lag === stuck || undefined)
  // What is written of both groups is written in order: when this one is durable, so is all before it.
  await publishBatch(lives.url, topic, [{ key: 'last', n: 0 }])
  await eventually(() => clinic.receipts.some(({ key, settledAt }) => key === 'last' && settledAt !== null) || undefined)

  const before = { clinic: clinic.receipts.length, scheduling: target.receipts.length }
  await lives.end()
  clinic.letGo()
  lives.change({ plants })
  await lives.start()
  await publishBatch(lives.url, topic, [{ key: 'fresh', n: 0 }])
  const again = {
    clinic: () => clinic.receipts.slice(before.clinic),
    scheduling: () => target.receipts.slice(before.scheduling),
  }
  const isThere = (keys: readonly string[]) => keys.includes('fresh') && keys.includes('stuck')
  await eventually(() => Object.values(again).every((receipts) => isThere(receipts().map(({ key }) => key))) || undefined)
  const done = (receipts: readonly { readonly key: string; readonly id: string }[]) =>
    receipts.filter(({ key }) => key.startsWith('k')).map(({ id }) => id)
  expect(again.clinic().filter(({ key }) => key === 'stuck')).toHaveLength(1)
  return { clinic: done(again.clinic()), scheduling: done(again.scheduling()) }
}
