import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { checkout, run, start, startBus, temporaryFolder } from '../../packages/bus/test/processes.js'

const example = join(checkout, 'examples/city-health')

it('writes every completed inspection into the legacy calendar, also those published before it ran', async () => {
  const folder = await temporaryFolder()
  onTestFinished(folder.remove)
  const bus = await startBus(example, { args: ['--data', join(folder.path, 'data')] })
  onTestFinished(async () => void (await bus.stop()))
  const publish = (inspectionId: number) =>
    run(['publish', 'inspections.status', JSON.stringify({ inspectionId, newStatus: 'Completed' })], { env: bus.env })
  await publish(42)

  const calendar = join(folder.path, 'calendar.txt')
  const program = start([join(example, 'index.js')], { env: { ...bus.env, HMS_SYNC_NAME: 'city-health', CALENDAR_FILE: calendar } })
  onTestFinished(async () => void (await program.stop('SIGKILL')))
  await program.says(/calendar: inspection 42 completed/)
  await publish(43)
  await program.says(/calendar: inspection 43 completed/)
  expect(await readFile(calendar, 'utf8')).toBe('inspection 42 completed\ninspection 43 completed\n')
})
