import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { makeImage, mountImage, type SmallDisk, saveImage } from '../sqlite/mount.js'
import { Lives } from './lives.js'
import { httpProducer } from './producer.js'
import { between, seeded } from './random.js'
import { readLog } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { violationsOfGroup, violationsOfLog } from './violations.js'

const rounds = Number(process.env.HMS_SYNC_POWER_ROUNDS ?? 3)
const topic = 'orders'
const imageBytes = 96 * 1024 * 1024
vi.setConfig({ testTimeout: 120_000 + rounds * 30_000 })

it('has every acknowledged event after a power cut, and sends nothing again that was settled', async (context) => {
  const violations = await surviveCuts(rounds)
  if (typeof violations === 'string') return context.skip(violations)
  expect(violations).toEqual([])
})

it('notices the planted bug lower-synchronous', async (context) => {
  const violations = await surviveCuts(1, ['lower-synchronous'])
  if (typeof violations === 'string') return context.skip(violations)
  expect(violations.join()).toMatch(/was acknowledged and is lost/)
})

/**
 * A bus whose data lies on a file system within a file. The process is frozen and the file copied: what the file system
 * still holds in its own memory is not in the copy, as it would not be on a disk without power. The next life runs on
 * the copy. Answers the violations, or why that cannot be tried here.
 */
async function surviveCuts(cuts: number, plants: readonly string[] = []): Promise<readonly string[] | string> {
  const random = seeded('power cut')
  const lives = await Lives.begin({ files: { 'topics.yaml': `${topic}: { key: key, partitions: 2, consumers: [clinic] }\n` }, plants })
  onTestFinished(() => lives.dispose())
  await lives.end('SIGTERM')
  const imageOf = (round: number) => join(lives.folder, `disk-${round}.img`)
  const image = makeImage(imageOf(0), imageBytes)
  if (typeof image !== 'string') return image.impossible
  const first = mountImage(image)
  if ('impossible' in first) return first.impossible
  let disk: SmallDisk = first
  onTestFinished(async () => {
    if (lives.runs) await lives.end()
    disk.unmount()
  })
  lives.change({ data: join(disk.path, 'data') })
  await lives.start()
  const clinic = await RecordedGroup.join(lives, { group: 'clinic', topic, concurrency: 16 })
  onTestFinished(() => clinic.close())
  const producers = Array.from({ length: 8 }, (_, i) => httpProducer({ url: lives.url, source: `p${i}`, topic, keys: 2 }))
  const acknowledged = () => producers.flatMap((producer) => producer.acknowledged)
  for (let round = 1; round <= cuts; round++) {
    const enough = acknowledged().length + between(random, 1, 300)
    await eventually(() => acknowledged().length >= enough || undefined)
    lives.freeze()
    saveImage(imageOf(round - 1), imageOf(round))
    await lives.end()
    disk.unmount()
    const after = mountImage(imageOf(round))
    if ('impossible' in after) throw new Error(after.impossible)
    disk = after
    lives.change({ data: join(disk.path, 'data') })
    await lives.start()
  }
  await Promise.all(producers.map((producer) => producer.stop()))
  const log = await readLog(lives.url, topic)
  await eventually(() => log.every(({ id }) => clinic.seen.has(id)) || undefined)
  return [...violationsOfLog(log, acknowledged()), ...violationsOfGroup('clinic', clinic.receipts, log, lives.endedAt)]
}
