import type { AttemptInfo, AttemptOutcome } from '@hms-sync/client'
import { type Command, InvalidArgumentError } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { moment } from './moments.js'
import { wholeNumber } from './numbers.js'
import { oneOf } from './one-of.js'
import { printList } from './output.js'
import { shortTime, took } from './times.js'
import { whatHappened } from './tries.js'

type DeliveriesFlags = CommonOptions & {
  readonly adapter?: string
  readonly topic?: string
  readonly outcome?: string
  readonly event?: string
  readonly since?: string
  readonly count: number
  readonly after?: string
}

const outcomes = ['done', 'filtered', 'retry', 'refused', 'unknown'] as const satisfies readonly AttemptOutcome[]

/** `hms-sync deliveries` */
export function deliveriesCommand(): Command {
  return busCommand({
    name: 'deliveries',
    description: 'List the tries of every delivery, the newest first: when, for which system, how it ended. The oldest are forgotten.',
    examples: [
      ['hms-sync deliveries --adapter scheduling --since 10m', 'what that system got lately'],
      ['hms-sync deliveries --outcome refused', 'what was refused, and why'],
      ['hms-sync deliveries --event permit-7 --json', 'each try of one event, with request and answer'],
    ],
  })
    .option('--adapter <name>', 'for this adapter, or any other group')
    .option('--topic <topic>', 'of this topic')
    .option('--outcome <outcome>', 'that ended like this: done, filtered, retry, refused or unknown', oneOf(outcomes))
    .option('--event <id>', 'of the event with this id')
    .option('--since <when>', 'that ended since: a span (10m, 2h, 7d) or an ISO time', moment)
    .option('--count <n>', 'at most so many', wholeNumber, 100)
    .option('--after <next>', 'go on where the list before ended', placeInList)
    .action(listDeliveries)
}

function placeInList(text: string): string {
  if (/^\d{1,15}\.\d{1,6}$/.test(text)) return text
  throw new InvalidArgumentError('It must be what the list before gave as its next.')
}

async function listDeliveries(flags: DeliveriesFlags): Promise<void> {
  const { readPages } = await import('./pages.js')
  const { adapter, topic, outcome, event, since, after } = flags
  const query = { adapter, topic, outcome, event, since, after }
  const { items, next } = await readPages<AttemptInfo>(flags.url, '/v1/deliveries', query, flags.count)
  await printList(items, flags, {
    next,
    none: 'No such try is remembered.',
    columns: [
      { title: 'ENDED', value: ({ at }) => shortTime(at) },
      { title: 'ADAPTER', value: ({ group }) => group, shrinks: true },
      { title: 'TOPIC', value: ({ topic }) => topic, shrinks: true },
      { title: 'EVENT', value: ({ event }) => event, shrinks: true },
      { title: 'TRY', value: ({ attempt }) => attempt },
      { title: 'OUTCOME', value: ({ outcome }) => outcome },
      { title: 'TOOK', value: ({ durationMs }) => took(durationMs) },
      { title: 'WHAT', value: whatHappened, shrinks: true },
    ],
  })
}
