import type { AdapterInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { adapterChanges } from './adapter-changes.js'
import type { AppliedChange } from './answers.js'
import { busCommand, type CommonOptions } from './command.js'
import { inOneLine, plain, print, printJson, say } from './output.js'

/** `hms-sync topics apply` */
export function topicsApplyCommand(): Command {
  return busCommand({
    name: 'apply',
    description:
      'Make the running bus read its folder again, topics.yaml and adapters, and take up what changed, under traffic.\nA change that would lose data is refused and named.',
    examples: [
      ['hms-sync topics apply', 'after topics.yaml or an adapter was edited'],
      ['hms-sync topics apply --accept-loss old.topic', 'lose what lies in old.topic, on purpose'],
    ],
  })
    .option('--accept-loss <topic...>', 'topics whose data may be lost')
    .action(applyTopics)
}

async function applyTopics(flags: CommonOptions & { readonly acceptLoss?: readonly string[] }): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const adapters = async () => (await askBus<{ items: readonly AdapterInfo[] }>(flags.url, '/v1/adapters')).items
  const before = await adapters()
  const { items } = await askBus<{ items: readonly AppliedChange[] }>(flags.url, '/v1/registry/apply', {
    method: 'POST',
    body: { acceptLoss: flags.acceptLoss ?? [] },
  })
  const changed = adapterChanges(before, await adapters())
  if (flags.json) return printJson({ items, adapters: changed })
  if (items.length === 0 && changed.length === 0) return say('Nothing changed.')
  const lines = [
    ...items.map(({ topic, what }) => plain(`${topic}: ${what}`)),
    ...changed.map(({ adapter, what }) => inOneLine(`adapter ${adapter}: ${what}`)),
  ]
  await print(lines.join('\n'))
}
