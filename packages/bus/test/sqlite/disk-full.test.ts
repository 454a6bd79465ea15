import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type OpenStorage, openStorage } from '#dist/open-storage.js'
import { mountSmallDisk, type SmallDisk } from './mount.js'

const mebibyte = 1024 * 1024
const topic = { name: 't', partitions: 1, retentionMs: 1_000 }
const body = (id: string): string => JSON.stringify({ id, payload: 'x'.repeat(1_000) })

it('refuses events on a full disk, still takes progress, loses nothing acknowledged, and goes on when there is room', async (context) => {
  const disk = mountSmallDisk(24 * mebibyte)
  if ('impossible' in disk) return context.skip(disk.impossible)
  const open = (): Promise<OpenStorage> =>
    openStorage({ folder: join(disk.path, 'data'), ballastBytes: 2 * mebibyte, maxWalBytes: 4 * mebibyte, checkpointBytes: mebibyte })
  const filler = join(disk.path, 'filler')
  let embedded = await open()
  try {
    writeFileSync(filler, Buffer.alloc(8 * mebibyte, 1))
    const incarnation = await embedded.engine.ensureTopic(topic)
    const acknowledged = await appendUntilRefused(embedded, 0)
    expect(acknowledged.length).toBeGreaterThan(1_000)

    for (let i = 1; i <= 1_000; i++) await embedded.store.commit([{ kind: 'progress', progress: progressAt(i, incarnation) }])
    // The log that started over may have given room back: events are taken again until it is gone.
    acknowledged.push(...(await appendUntilRefused(embedded, 50_000)))
    expect(await readIds(embedded, acknowledged.length)).toEqual(acknowledged)

    rmSync(filler)
    await resumes(embedded)
    expect(existsSync(join(disk.path, 'data', 'ballast'))).toBe(true)
    acknowledged.push('resumed')

    await embedded.close()
    embedded = await open()
    expect(await readIds(embedded, acknowledged.length)).toEqual(acknowledged)
    expect(await embedded.store.progress()).toEqual([progressAt(1_000, incarnation)])
  } finally {
    await embedded.close()
    disk.unmount()
  }
})

it('makes room for new events by trimming alone', async (context) => {
  const disk = mountSmallDisk(24 * mebibyte)
  if ('impossible' in disk) return context.skip(disk.impossible)
  const embedded = await openStorage({
    folder: join(disk.path, 'data'),
    ballastBytes: 2 * mebibyte,
    maxWalBytes: 4 * mebibyte,
    checkpointBytes: mebibyte,
  })
  try {
    await embedded.engine.ensureTopic(topic)
    const acknowledged = await appendUntilRefused(embedded, 0)
    const keep = 100
    const before = BigInt(acknowledged.length - keep + 1)
    expect(await embedded.engine.trim('t', 0, before, new AbortController().signal)).toBe(acknowledged.length - keep)
    await resumes(embedded)
    expect(await readIds(embedded, keep + 1)).toEqual([...acknowledged.slice(-keep), 'resumed'])
  } finally {
    await embedded.close()
    disk.unmount()
  }
})

it('starts on a disk that has become full, out of its reserve, and says so when even that is gone', async (context) => {
  const disk = mountSmallDisk(16 * mebibyte)
  if ('impossible' in disk) return context.skip(disk.impossible)
  const data = join(disk.path, 'data')
  const open = (): Promise<OpenStorage> => openStorage({ folder: data, ballastBytes: mebibyte })
  try {
    const first = await open()
    const incarnation = await first.engine.ensureTopic(topic)
    await first.engine.append('t', 0, [event('a')])
    await first.close()
    fill(disk)

    const second = await open()
    expect(await readIds(second, 1)).toEqual(['a'])
    await second.store.commit([{ kind: 'progress', progress: progressAt(7, incarnation) }])
    await expect(appendUntilRefused(second, 0)).resolves.toBeInstanceOf(Array)
    await second.close()

    fill(disk)
    await expect(open()).rejects.toMatchObject({ code: 'disk_full', message: expect.stringContaining(data) })
  } finally {
    disk.unmount()
  }
})

/** Appends until the disk is full. Answers the ids of what was acknowledged. */
async function appendUntilRefused({ engine }: OpenStorage, from: number): Promise<string[]> {
  const acknowledged: string[] = []
  for (let i = from; i < 100_000; i += 20) {
    const batch = Array.from({ length: 20 }, (_, n) => event(`e${i + n}`))
    try {
      await engine.append('t', 0, batch)
    } catch (error) {
      expect(error).toMatchObject({ code: 'disk_full' })
      return acknowledged
    }
    acknowledged.push(...batch.map(({ id }) => id))
  }
  throw new Error('The disk never filled up.')
}

/** Appends one event as soon as the engine takes it. */
async function resumes({ engine }: OpenStorage): Promise<void> {
  await expect
    .poll(
      () =>
        engine.append('t', 0, [event('resumed')]).then(
          () => 'taken',
          (error: { code: string }) => error.code,
        ),
      { timeout: 10_000 },
    )
    .toBe('taken')
}

async function readIds({ engine }: OpenStorage, count: number): Promise<string[]> {
  const found: string[] = []
  const [span] = await engine.span('t')
  for await (const { events } of engine.read('t', 0, span!.first, AbortSignal.timeout(10_000))) {
    found.push(...events.map(({ id }) => id))
    if (found.length >= count) break
  }
  return found
}

function fill(disk: SmallDisk): void {
  for (let size = mebibyte; size >= 4_096; size /= 2) {
    for (let i = 0; i < 64; i++) {
      try {
        writeFileSync(join(disk.path, `filler-${size}-${i}`), Buffer.alloc(size, 1))
      } catch {
        rmSync(join(disk.path, `filler-${size}-${i}`), { force: true })
        break
      }
    }
  }
}

function event(id: string) {
  return { id, source: 's', key: null, received: 1_000, body: body(id) }
}

function progressAt(cursor: number, incarnation: string) {
  return { group: 'g', topic: 't', partition: 0, incarnation, cursor: BigInt(cursor), ahead: [] }
}
