import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBus } from '#dist/open-bus.js'

describe('opening a bus in this process', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hms-sync-'))
    await writeFile(join(folder, 'topics.yaml'), 'permits: {}\n')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('gives the data folder free when the name is refused', async () => {
    await expect(openBus({ folder, name: 'line\nbreak' })).rejects.toThrow()
    const bus = await openBus({ folder, name: 'clerk' })
    await bus.close()
  })

  it('gives the data folder free when its signal was aborted before', async () => {
    const bus = await openBus({ folder, signal: AbortSignal.abort() })
    await bus.close()
    await (await openBus({ folder })).close()
  })
})
