import { type AdapterInfo, type GroupInfo, SyncError } from '@hms-sync/client'
import type { Command } from 'commander'
import { adapterState, stateText } from './adapter-state.js'
import { busCommand, type CommonOptions } from './command.js'
import { printTopics } from './groups-show.js'
import { plain, print, printFacts, printJson, say } from './output.js'
import { localTime } from './times.js'

/** `hms-sync adapters show NAME` */
export function adaptersShowCommand(): Command {
  return busCommand({
    name: 'show',
    description: 'Show one adapter: where it writes, whether it runs, how the system behind it does, and what waits on each topic.',
    examples: [['hms-sync adapters show scheduling', 'is the scheduling system in step?']],
  })
    .argument('<name>', 'the adapter')
    .action(showAdapter)
}

async function showAdapter(name: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const adapter = await askBus<AdapterInfo>(flags.url, `/v1/adapters/${encodeURIComponent(name)}`)
  const group = await askBus<GroupInfo>(flags.url, `/v1/groups/${encodeURIComponent(name)}`).catch(noneYet)
  const state = adapterState(adapter, group)
  if (flags.json) return printJson({ ...state, group: group ?? null })
  const { lastError } = adapter
  await printFacts([
    ['adapter', name],
    ['state', stateText(state)],
    ['target', adapter.target ?? '-'],
    ['waiting', state.waiting],
    ...(state.parked === 0 ? [] : [['parked', state.parked] as const]),
    ['dead letters', state.deadLetters],
    ['delivered', `${adapter.delivered} since the bus started`],
    ['failed tries', `${adapter.failed}, of them refused: ${adapter.refused}`],
    ...(adapter.restarts === 0 ? [] : [['started again', adapter.restarts] as const]),
    ...(lastError === null ? [] : [['last error', `${localTime(lastError.at)} ${lastError.reason}`] as const]),
  ])
  if (group !== undefined) {
    await print('')
    await printTopics(group)
  }
  if (state.deadLetters > 0) say(`\nIts dead letters: hms-sync dlq list --adapter ${plain(name)} --state open`)
}

/** An adapter that never ran has no group yet. */
function noneYet(error: unknown): undefined {
  if (error instanceof SyncError && error.code === 'unknown_group') return undefined
  throw error
}
