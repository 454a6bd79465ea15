import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { mountSmallDisk } from '../sqlite/mount.js'
import { Lives } from './lives.js'
import { deadLetters, send } from './operator.js'
import { post, publishBatch } from './producer.js'
import { readGroup } from './read-log.js'
import { RecordingTarget } from './recording-target.js'

vi.setConfig({ testTimeout: 180_000 })
const topic = 'permitApproved'
const mebibyte = 1_048_576
const count = 600

it('counts no event as finished whose dead letter found no room on the disk, and makes them all once there is room', async (context) => {
  const outcome = await fillWithLetters()
  if (typeof outcome === 'string') return context.skip(outcome)
  expect(outcome).toMatchObject({ letters: count, twice: 0, publishes: 201 })
  expect(outcome.whileFull).toBeLessThan(count)
})

it('is noticed when progress is written before the dead letter (planted bug)', async (context) => {
  const outcome = await fillWithLetters(['letter-after-progress'], 10_000)
  if (typeof outcome === 'string') return context.skip(outcome)
  expect(outcome.letters).toBeLessThan(count)
})

/** Events of 20 KB wait on a disk with little room left; then their system refuses them all. The bus is killed, the disk freed, the bus started. */
async function fillWithLetters(plants: readonly string[] = [], drainMs = 60_000) {
  const disk = mountSmallDisk(96 * mebibyte)
  if ('impossible' in disk) return disk.impossible
  onTestFinished(() => disk.unmount())
  const target = await RecordingTarget.start({ answers: () => 422 })
  onTestFinished(() => target.stop())
  const lives = await Lives.begin({
    files: { 'topics.yaml': `${topic}: { key: key, consumers: [scheduling] }\n`, 'adapters/scheduling.js': target.adapterFile() },
    data: join(disk.path, 'data'),
    plants,
  })
  onTestFinished(() => lives.dispose())
  await send(lives.url, 'POST', '/v1/adapters/scheduling/pause')
  const text = 'x'.repeat(20_000)
  for (let n = 0; n < count; n += 40)
    await publishBatch(
      lives.url,
      topic,
      Array.from({ length: 40 }, (_, i) => ({ key: `k${n + i}`, n: n + i, text })),
    )
  const filler = join(disk.path, 'filler')
  const free = statfsSync(disk.path)
  writeFileSync(filler, Buffer.alloc(free.bavail * free.bsize - 2 * mebibyte, 1))
  await send(lives.url, 'POST', '/v1/adapters/scheduling/resume')
  // The bus says so when it cannot write; until then what there was room for has been written.
  await lives.bus.says(/Progress could not be written/)
  await lives.end()

  rmSync(filler)
  await lives.start()
  const whileFull = (await deadLetters(lives.url)).length
  const drained = AbortSignal.timeout(drainMs)
  await eventually(async () => drained.aborted || (await readGroup(lives.url, 'scheduling')).deadLetters === count || undefined)
  const letters = await deadLetters(lives.url)
  const { status } = await post(lives.url, topic, { source: 'clerk', id: 'last', payload: { key: 'k', n: 0 } })
  return { letters: letters.length, twice: letters.length - new Set(letters.map(({ event }) => event)).size, whileFull, publishes: status }
}
