import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { httpProducer } from './producer.js'
import { between, seeded } from './random.js'
import { readLog } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { RecordingTarget } from './recording-target.js'
import { violationsOfGroup, violationsOfIdempotency, violationsOfLog } from './violations.js'

const rounds = Number(process.env.HMS_SYNC_TERM_ROUNDS ?? 4)
const topic = 'orders'
vi.setConfig({ testTimeout: 120_000 })

it('ends within ten seconds with exit code 0 on SIGTERM, and sends nothing twice, under producers, groups and an adapter', async () => {
  const { ends, violations } = await stopAndStart(rounds)
  for (const { code, ms } of ends) {
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
  }
  expect(violations).toEqual([])
})

it('notices the planted bug forget-at-close', async () => {
  expect((await stopAndStart(2, ['forget-at-close'])).violations.join()).toMatch(/came again/)
})

/** Stops the bus cleanly under load and starts it again. After a clean stop nothing may come twice: not even what was under way. */
async function stopAndStart(times: number, plants: readonly string[] = []) {
  const random = seeded('SIGTERM')
  const target = await RecordingTarget.start()
  onTestFinished(() => target.stop())
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `${topic}: { key: key, partitions: 2, consumers: [clinic, slow, scheduling] }\n`,
      'adapters/scheduling.js': target.adapterFile(),
    },
    plants,
  })
  onTestFinished(() => lives.dispose())
  target.lives = lives
  const groups = [
    await RecordedGroup.join(lives, { group: 'clinic', topic, concurrency: 16 }),
    await RecordedGroup.join(lives, { group: 'slow', topic, concurrency: 8, workMs: () => between(random, 0, 50) }),
  ]
  onTestFinished(async () => void (await Promise.all(groups.map((group) => group.close()))))
  const producers = Array.from({ length: 4 }, (_, i) => httpProducer({ url: lives.url, source: `p${i}`, topic, keys: 5 }))
  const acknowledged = () => producers.flatMap((producer) => producer.acknowledged)
  const ends: { readonly code: number | null; readonly ms: number }[] = []
  for (let i = 0; i < times; i++) {
    const enough = acknowledged().length + between(random, 20, 300)
    await eventually(() => acknowledged().length >= enough || undefined)
    const started = performance.now()
    const { code } = await lives.end('SIGTERM')
    ends.push({ code, ms: performance.now() - started })
    await lives.start()
  }
  await Promise.all(producers.map((producer) => producer.stop()))
  const log = await readLog(lives.url, topic)
  const everyone = [...groups, target]
  await eventually(() => everyone.every(({ seen }) => seen.size >= log.length) || undefined)
  const twice = (name: string, ids: readonly string[]) =>
    ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `${name}: ${id} came again`)
  return {
    ends,
    violations: [
      ...violationsOfLog(log, acknowledged()),
      ...groups.flatMap(({ name, receipts }) => violationsOfGroup(name, receipts, log, lives.endedAt)),
      ...violationsOfGroup('scheduling', target.receipts, log, lives.endedAt),
      ...everyone.flatMap(({ name, receipts }) =>
        twice(
          name,
          receipts.map(({ id }) => id),
        ),
      ),
      ...violationsOfIdempotency(target.receipts),
    ],
  }
}
