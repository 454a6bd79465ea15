import type { AdapterInfo, EventTrace, GroupInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { adapterFault, healthReason } from './adapter-state.js'
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
  const waits = items.some(({ groups }) => groups.some(({ outcome }) => outcome === 'pending'))
  const listed = async <T>(list: string) => (waits ? (await askBus<{ items: readonly T[] }>(flags.url, list)).items : [])
  const [groups, adapters] = await Promise.all([listed<GroupInfo>('/v1/groups'), listed<AdapterInfo>('/v1/adapters')])
  const held = new Map(groups.map((group) => [group.name, holds(group, adapters)]))
  await print(items.map((item) => traceText(item, held)).join('\n\n'))
}

/** Why nothing goes to a group now; empty: it does. */
function holds({ name, members, health }: GroupInfo, adapters: readonly AdapterInfo[]): string {
  if (members === 0) return adapterFault(name, adapters) ?? 'nothing of that name is connected'
  if (health?.state !== 'failing' && health?.state !== 'paused') return ''
  return `its system is ${health.state} ${healthReason(health)}`
}

function traceText({ topic, event, groups }: EventTrace, held: ReadonlyMap<string, string>): string {
  const width = Math.max(3, ...groups.map(({ group }) => group.length))
  const entries = [
    { at: event.received, lines: [`${localClock(event.received)}  ${'bus'.padEnd(width)}  accepted from ${event.source}`] },
    ...groups.flatMap(({ group, tries }) => tryEntries(tries, group.padEnd(width))),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const timeline = withDays(entries)
  const standings = groups.map((group) => `${group.group.padEnd(width)}  ${standing(group, held.get(group.group) ?? '')}`)
  const nobody = groups.length === 0 ? ['No group takes this event.'] : []
  const heading = `${topic}  ${event.id}${event.key === undefined ? '' : `  key ${event.key}`}`
  return [plain(heading), ...timeline.map(plain), '', ...standings.map(plain), ...nobody].join('\n')
}

function standing({ outcome, attempts: counted, reason, deadLetter, tries }: EventTrace['groups'][number], held: string): string {
  // What a replay did changes nothing of how the event stands. Those that did not count against it were tries all the same.
  const own = tries.filter(({ again }) => again !== 'replay')
  const attempts = Math.max(counted, own.length)
  const why = reason === undefined ? '' : `: ${reason}`
  const after = attempts === 0 ? '' : ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  switch (outcome) {
    case 'delivered':
      return own.at(-1)?.outcome === 'filtered' ? 'left out by its own filter' : `delivered${after}`
    case 'dead_letter':
      return `dead letter${deadLetter === null ? '' : ` ${deadLetter}`}${after}${why}`
    case 'parked':
      return `parked behind a dead letter of its key${why}`
    case 'passed':
      return `not delivered${after}${why}`
    case 'pending':
      return `${held === '' ? 'on its way' : 'waits'}${attempts === 0 ? '' : `, ${attempts} ${attempts === 1 ? 'try' : 'tries'} so far`}${held === '' ? why : `: ${held}`}`
  }
}
