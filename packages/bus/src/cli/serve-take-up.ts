import { type AdapterInfo, SyncError } from '@hms-sync/client'
import type { SyncBus } from '../bus.js'
import type { Log } from '../observe/log.js'
import type { Project } from '../registry/config.js'

interface Running {
  readonly bus: Pick<SyncBus, 'apply'>
  readonly adapters: { apply(project: Project): Promise<void>; stats(): readonly AdapterInfo[] }
  readonly log: Log
}

/** SIGHUP: takes up the registry as it is written now and logs what changed and which adapters do not run, or every fault; then the old one stays. Never throws. */
export async function takeUp(reload: () => Promise<Project>, { bus, adapters, log }: Running): Promise<void> {
  try {
    const project = await reload()
    const changes = await bus.apply(project)
    await adapters.apply(project)
    if (changes.length === 0) log.info({}, 'topics.yaml was read again: nothing changed.')
    for (const { topic, what } of changes) log.info({ topic }, `topics.yaml was read again: ${what}`)
    for (const { name, state, reason } of adapters.stats())
      if (state === 'failed') log.warn({ adapter: name, reason }, 'topics.yaml was read again: an adapter still does not run.')
  } catch (error) {
    if (!(error instanceof SyncError)) return log.error({ error }, 'topics.yaml could not be taken up; the topics stay as they are.')
    for (const line of error.message.split('\n')) log.error({ code: error.code }, `topics.yaml could not be taken up: ${line}`)
  }
}
