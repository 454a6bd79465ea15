import type { EventTrace } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { plain, print, printJson } from './output.js'
import { localClock } from './times.js'
import { tryEntries, withDays } from './tries.js'

/** `hms-sync trace EVENT` */
export function traceCommand(): Command {
  return busCommand({
    name: 'trace',
    description: 'Show what became of one event: when the bus got it, when each system was tried, what it answered, and where it stands.',
    examples: [
      ['hms-sync trace permit-7', 'by the event’s id, as `publish` prints it'],
      ['hms-sync trace permit-7 --topic permitApproved --json', 'for programs'],
    ],
  })
    .argument('<event>', 'the event’s id')
    .option('--topic <topic>', 'only on this topic')
    .action(traceEvent)
}

async function traceEvent(event: string, flags: CommonOptions & { readonly topic?: string }): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const { queryText } = await import('./pages.js')
  const path = `/v1/events/${encodeURIComponent(event)}/trace?${queryText({ topic: flags.topic })}`
  const { items } = await askBus<{ items: readonly EventTrace[] }>(flags.url, path)
  if (flags.json) return printJson({ items })
  await print(items.map(traceText).join('\n\n'))
}

function traceText({ topic, event, groups }: EventTrace): string {
  const width = Math.max(3, ...groups.map(({ group }) => group.length))
  const entries = [
    { at: event.received, lines: [`${localClock(event.received)}  ${'bus'.padEnd(width)}  accepted from ${event.source}`] },
    ...groups.flatMap(({ group, tries }) => tryEntries(tries, group.padEnd(width))),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const timeline = withDays(entries)
  const standings = groups.map((group) => `${group.group.padEnd(width)}  ${standing(group)}`)
  const nobody = groups.length === 0 ? ['No group takes this event.'] : []
  const heading = `${topic}  ${event.id}${event.key === undefined ? '' : `  key ${event.key}`}`
  return [plain(heading), ...timeline.map(plain), '', ...standings.map(plain), ...nobody].join('\n')
}

function standing({ outcome, attempts: counted, reason, deadLetter, tries }: EventTrace['groups'][number]): string {
  // Those that did not count against it were tries all the same.
  const attempts = Math.max(counted, tries.length)
  const why = reason === undefined ? '' : `: ${reason}`
  const after = attempts === 0 ? '' : ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  switch (outcome) {
    case 'delivered':
      return tries.at(-1)?.outcome === 'filtered' ? 'left out by its own filter' : `delivered${after}`
    case 'dead_letter':
      return `dead letter${deadLetter === null ? '' : ` ${deadLetter}`}${after}${why}`
    case 'parked':
      return `parked behind a dead letter of its key${why}`
    case 'pending':
      return `on its way${attempts === 0 ? '' : `, ${attempts} ${attempts === 1 ? 'try' : 'tries'} so far`}${why}`
  }
}
