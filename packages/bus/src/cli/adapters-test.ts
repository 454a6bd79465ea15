import type { AdapterTest, AdapterTestRequest, Envelope, Json } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { isJsonObject } from './envelope.js'
import { WrongUse } from './failure.js'
import { placeInTime } from './moments.js'
import { plain, print, printJson, say } from './output.js'
import { readPayload } from './payload-input.js'

type TestFlags = CommonOptions & { readonly event?: readonly string[]; readonly topic?: string; readonly since?: string }

type TestedEvent = Envelope & { readonly topic?: string }

/** The bus tests so many events of its log at once. */
const mostSince = 100

/** `hms-sync adapters test NAME` */
export function adaptersTestCommand(): Command {
  return busCommand({
    name: 'test',
    description:
      'Show what an adapter would send, without sending it: with its file as it is now, whether or not it runs.\nExit code 1 when an event would be refused.',
    examples: [
      ['hms-sync adapters test scheduling --event permit.json', 'for an event in a file'],
      ['hms-sync adapters test scheduling --since 24h', 'for what its topics received since'],
      [`hms-sync adapters test payroll --topic hr.hired --event '{"id":7}'`, 'for a payload of one of its topics'],
    ],
  })
    .argument('<name>', 'the adapter')
    .option('--event <event...>', 'a file, - for stdin, or JSON: an event as `subscribe --json` prints it, or a payload alone')
    .option('--topic <topic>', 'the topic of those events, where they do not say and the adapter takes several')
    .option('--since <when>', 'what its topics received since: a span (10m, 24h), an ISO time, or all; the first 100 events', placeInTime)
    .action(testAdapter)
}

async function testAdapter(name: string, flags: TestFlags): Promise<void> {
  const body = await requestOf(flags)
  const { askBus } = await import('./bus-http.js')
  const path = `/v1/adapters/${encodeURIComponent(name)}/test`
  const { items } = await askBus<{ items: readonly AdapterTest[] }>(flags.url, path, { method: 'POST', body })
  const refused = items.filter(({ sinks }) => sinks.some(({ verdict }) => verdict === 'refuses')).length
  if (refused > 0) process.exitCode = 1
  if (flags.json) return printJson({ items })
  if (items.length === 0) return say('Its topics received nothing since then.')
  await print(items.map(testText).join('\n\n'))
  say(`\n${items.length} ${items.length === 1 ? 'event' : 'events'}, ${refused} of them would be refused. Nothing was sent.`)
  if (flags.since !== undefined && items.length >= mostSince)
    say(`These are the first ${mostSince} since then; there may be more. For later ones give a later --since.`)
}

async function requestOf({ event, topic, since }: TestFlags): Promise<AdapterTestRequest> {
  if ((event === undefined) === (since === undefined)) throw new WrongUse('Say which events: --event FILE, or --since 24h.')
  if (since !== undefined) return { since }
  const events: TestedEvent[] = []
  for (const input of event ?? []) events.push(eventOf(JSON.parse(await readPayload(asInput(input))), topic))
  return { events }
}

/** A file needs no `@` here: JSON text cannot be taken for one. */
function asInput(text: string): string {
  return text === '-' || text.startsWith('@') || /^\s*[[{"\d-]|^\s*(?:true|false|null)\s*$/.test(text) ? text : `@${text}`
}

/** What the bus would refuse of an event as it is read back: who published it, and where it lies. */
function eventOf(value: Json, topic: string | undefined): TestedEvent {
  const named = topic === undefined ? {} : { topic }
  if (!isJsonObject(value) || value.payload === undefined) return { payload: value, ...named }
  const { source: _, position, received, replayable_until, qos, ...event } = value
  return { ...(event as unknown as TestedEvent), ...named }
}

function testText({ event, sinks }: AdapterTest): string {
  const heading = `${event.topic}  ${event.id}${event.key === undefined ? '' : `  key ${event.key}`}`
  const nothing = sinks.length === 0 ? ['  no sink takes it'] : []
  return [plain(heading), ...sinks.flatMap(sinkLines), ...nothing].join('\n')
}

function sinkLines(sink: AdapterTest['sinks'][number]): readonly string[] {
  const head = `  ${sink.kind} ${sink.target}: ${sink.verdict}${sink.verdict === 'sends' ? '' : `, ${sink.reason}`}`
  if (sink.verdict !== 'sends') return [plain(head)]
  const sent = sink.request ?? JSON.stringify(sink.value, null, 2)
  return [plain(head), ...sent.split('\n').map((line) => `    ${plain(line)}`)]
}
