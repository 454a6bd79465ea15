import type { Command } from 'commander'
import type { AppliedChange } from './answers.js'
import { busCommand, type CommonOptions } from './command.js'
import { plain, print, printJson, say } from './output.js'

/** `hms-sync topics apply` */
export function topicsApplyCommand(): Command {
  return busCommand({
    name: 'apply',
    description:
      'Make the running bus read its topics.yaml again and take up what changed, under traffic.\nA change that would lose data is refused and named.',
    examples: [
      ['hms-sync topics apply', 'after topics.yaml was edited'],
      ['hms-sync topics apply --accept-loss old.topic', 'lose what lies in old.topic, on purpose'],
    ],
  })
    .option('--accept-loss <topic...>', 'topics whose data may be lost')
    .action(applyTopics)
}

async function applyTopics(flags: CommonOptions & { readonly acceptLoss?: readonly string[] }): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const { items } = await askBus<{ items: readonly AppliedChange[] }>(flags.url, '/v1/registry/apply', {
    method: 'POST',
    body: { acceptLoss: flags.acceptLoss ?? [] },
  })
  if (flags.json) return printJson({ items })
  if (items.length === 0) return say('Nothing changed.')
  await print(items.map(({ topic, what }) => plain(`${topic}: ${what}`)).join('\n'))
}
