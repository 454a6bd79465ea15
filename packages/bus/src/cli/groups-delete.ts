import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { plain, printJson, say } from './output.js'

/** `hms-sync groups delete GROUP` */
export function groupsDeleteCommand(): Command {
  return busCommand({
    name: 'delete',
    description:
      'Delete a group: its place is forgotten and nothing is owed to it any more. The events stay in their topics.\nA consumer that topics.yaml declares is refused: take it out there and run `hms-sync topics apply` first.',
    examples: [
      ['hms-sync groups delete clinic', 'on all its topics'],
      ['hms-sync groups delete clinic --topic permitApproved', 'on one topic'],
    ],
  })
    .argument('<group>', 'the group')
    .option('--topic <topic>', 'only this topic')
    .action(deleteGroup)
}

async function deleteGroup(name: string, flags: CommonOptions & { readonly topic?: string }): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const query = flags.topic === undefined ? '' : `?topic=${encodeURIComponent(flags.topic)}`
  await askBus(flags.url, `/v1/groups/${encodeURIComponent(name)}${query}`, { method: 'DELETE' })
  if (flags.json) return printJson({ deleted: name, topic: flags.topic ?? null })
  say(`Deleted group ${plain(name)}${flags.topic === undefined ? '' : ` on ${plain(flags.topic)}`}. It is owed nothing any more.`)
}
