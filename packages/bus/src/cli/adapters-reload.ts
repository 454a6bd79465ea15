import type { AdapterInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { plain, printJson, say } from './output.js'

/** `hms-sync adapters reload NAME` */
export function adaptersReloadCommand(): Command {
  return busCommand({
    name: 'reload',
    description:
      'Load the file of one adapter anew, and .env with it: after a change, or when it failed. A system that is out of reach is tried at once. The other adapters go on undisturbed.',
    examples: [['hms-sync adapters reload scheduling', 'after its mapping was mended, or its key in .env']],
  })
    .argument('<name>', 'the adapter')
    .action(reloadAdapter)
}

async function reloadAdapter(name: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const adapter = await askBus<AdapterInfo>(flags.url, `/v1/adapters/${encodeURIComponent(name)}/reload`, { method: 'POST' })
  if (flags.json) return printJson(adapter)
  const { state, target, topics } = adapter
  say(plain(`${name} is ${state}${target === null ? '' : `, to ${target}`}; topics: ${topics.join(', ') || 'none'}.`))
}
