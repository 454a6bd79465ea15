import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lostOf, startAppending } from './appending.js'
import { makeImage, mountImage, saveImage } from './mount.js'

const rounds = Number(process.env.HMS_SYNC_POWER_ROUNDS ?? 3)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hms-sync-power-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('has every acknowledged event after a power cut', { timeout: 30_000 * rounds }, async (context) => {
  for (let round = 0; round < rounds; round++) {
    const lost = await cutPower(join(folder, `${round}`), 'full')
    if (typeof lost === 'string') return context.skip(lost)
    expect(lost).toEqual([])
  }
})

it('would notice a build that does not sync: with synchronous lowered, acknowledged events are lost', {
  timeout: 60_000,
}, async (context) => {
  const lost = await cutPower(join(folder, 'normal'), 'normal')
  if (typeof lost === 'string') return context.skip(lost)
  expect(lost.length).toBeGreaterThan(0)
})

/** What was lost of what was acknowledged when the power went; or why that cannot be tried here. */
async function cutPower(name: string, synchronous: 'full' | 'normal'): Promise<readonly number[] | string> {
  const image = makeImage(`${name}.img`, 128 * 1024 * 1024)
  if (typeof image !== 'string') return image.impossible
  const disk = mountImage(image)
  if ('impossible' in disk) return disk.impossible
  const child = await startAppending(join(disk.path, 'data'), synchronous)
  let acknowledged: readonly number[]
  try {
    await child.acknowledge(500)
    child.freeze()
    // What has reached the device now is what would be left; what lies in the page cache is not.
    saveImage(image, `${name}.after.img`)
  } finally {
    acknowledged = await child.kill()
    disk.unmount()
  }
  const after = mountImage(`${name}.after.img`)
  if ('impossible' in after) throw new Error(after.impossible)
  try {
    return await lostOf(join(after.path, 'data'), acknowledged)
  } finally {
    after.unmount()
  }
}
