/** Programs as the seeds print them, in a folder of their own where the packages are installed. */
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type BusProcess, checkout, eventually, startBus, temporaryFolder } from '../processes.js'

/** A folder with these files, in which `@hms-sync/client` and `express` can be imported. */
export async function programFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder({ 'package.json': '{"type":"module"}', ...files })
  onTestFinished(folder.remove)
  await mkdir(join(folder.path, 'node_modules/@hms-sync'), { recursive: true })
  await symlink(join(checkout, 'packages/client'), join(folder.path, 'node_modules/@hms-sync/client'))
  await symlink(join(checkout, 'node_modules/express'), join(folder.path, 'node_modules/express'))
  return folder.path
}

/** A bus with this registry, until the test is over. */
export async function busWith(topicsYaml: string): Promise<BusProcess> {
  const folder = await temporaryFolder({ 'topics.yaml': topicsYaml })
  const bus = await startBus(folder.path)
  onTestFinished(async () => {
    await bus.stop()
    await folder.remove()
  })
  return bus
}

/** Waits until somebody works for the group. */
export function memberOf(bus: BusProcess, group: string): Promise<true> {
  return eventually(async () => {
    const answer = await fetch(`${bus.url}/v1/groups/${group}`)
    if (!answer.ok) return undefined
    const { members } = (await answer.json()) as { members: number }
    return members > 0 ? true : undefined
  })
}
