import type { DeadLetterInfo, DeadLetterState } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { deadLetterId } from './dead-letter-ids.js'
import { type FilterFlags, filterOf, withFilter } from './dlq-filter.js'
import { wholeNumber } from './numbers.js'
import { oneOf } from './one-of.js'
import { printList } from './output.js'
import { age } from './times.js'
import { shortReason } from './tries.js'

type ListFlags = CommonOptions & FilterFlags & { readonly state?: string; readonly count: number; readonly after?: string }

const states = ['open', 'redriving', 'done', 'superseded', 'skipped'] as const satisfies readonly DeadLetterState[]

/** `hms-sync dlq list` */
export function dlqListCommand(): Command {
  const command = busCommand({
    name: 'list',
    description: 'List dead letters, the newest first. Only those that are open wait for somebody.',
    examples: [
      ['hms-sync dlq list --state open', 'what waits for somebody'],
      ['hms-sync dlq list --adapter scheduling --error-class refused --since 2h', 'what that system refused lately'],
      ['hms-sync dlq list --json --count 1000', 'one document {"items":[…],"next"?}'],
    ],
  })
  return withFilter(command)
    .option('--state <state>', 'open, redriving, done, superseded or skipped (default: all)', oneOf(states))
    .option('--count <n>', 'at most so many', wholeNumber, 100)
    .option('--after <next>', 'go on where the list before ended', deadLetterId)
    .action(listDeadLetters)
}

async function listDeadLetters(flags: ListFlags): Promise<void> {
  const { readPages } = await import('./pages.js')
  const { state, after } = flags
  const { items, next } = await readPages<DeadLetterInfo>(flags.url, '/v1/dead-letters', { ...filterOf(flags), state, after }, flags.count)
  await printList(items, flags, {
    next,
    none:
      Object.keys({ ...filterOf(flags), ...(state === undefined ? {} : { state }) }).length === 0
        ? 'There are no dead letters.'
        : 'There is no such dead letter.',
    columns: [
      { title: 'ID', value: ({ id }) => id },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'AGE', value: ({ at }) => age(at) },
      { title: 'ADAPTER', value: ({ group }) => group, shrinks: true },
      { title: 'TOPIC', value: ({ topic }) => topic, shrinks: true },
      { title: 'KEY', value: ({ key }) => key ?? '-', shrinks: true },
      ...(items.some(({ parked }) => parked > 0) ? [{ title: 'PARKED', value: ({ parked }: DeadLetterInfo) => parked }] : []),
      { title: 'REASON', value: ({ reason }) => shortReason(reason), shrinks: true },
    ],
  })
}
