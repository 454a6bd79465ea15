import type { AdapterInfo } from '@hms-sync/client'
import { formatDuration } from '@hms-sync/client'
import type { Durability } from '../engines/engine.js'
import type { Project, TopicConfig } from '../registry/config.js'
import { inOneLine, plain } from './output.js'
import { samplePayload } from './serve-sample-payload.js'

export interface Booted {
  readonly project: Project
  readonly url: string
  readonly durability: Durability
  readonly adapters: readonly AdapterInfo[]
}

/** What is there, in plain words: where it listens, topics, adapters, what an acknowledged event survives, what to type next. */
export function bootLines({ project, url, durability, adapters }: Booted): readonly string[] {
  const { config, topics, remarks } = project
  const width = Math.max(...topics.map(({ name }) => name.length), ...adapters.map(({ name }) => name.length), 0)
  return [
    `hms-sync listens on ${url} (process ${process.pid})`,
    '',
    topics.length === 0 ? `No topics yet${config.dev ? '; with --dev they come into being at first publish' : ''}.` : 'Topics:',
    ...topics.map((topic) => `  ${topic.name.padEnd(width)}  ${describeTopic(topic)}`),
    adapters.length === 0 ? 'No adapters.' : 'Adapters:',
    ...adapters.map((adapter) => `  ${adapter.name.padEnd(width)}  ${describeAdapter(adapter)}`),
    ...remarks.map((remark) => `Remark: ${plain(remark)}`),
    '',
    `An acknowledged event ${survives(durability)} (engine ${config.engine.value.split(':')[0]}).`,
    `Open: no credentials are configured. The bus listens on this machine only, takes the name that each client gives, and does not enforce producers and consumers.`,
    `Data: ${config.data.value}`,
    '',
    ...nextSteps(topics, url),
  ]
}

function describeTopic({ key, qos, retentionMs, version, schemas, consumers, description }: TopicConfig): string {
  const schema =
    version === null ? 'no schema' : schemas.length === 0 ? `schema v${version} *unvalidated*: its file is missing` : `schema v${version}`
  return [
    key === null ? 'no key, so no order' : `in order per ${key.join('.')}`,
    qos,
    `kept ${formatDuration(retentionMs)}`,
    schema,
    consumers === null ? 'open to every consumer' : `for ${consumers.join(', ')}`,
    ...(description === '' ? [] : [plain(description)]),
  ].join(' · ')
}

function describeAdapter({ state, topics, reason, target }: AdapterInfo): string {
  const why = reason === undefined ? '' : `: ${inOneLine(reason)}`
  if (state === 'failed') return `${state}${why}`
  return `${topics.length === 0 ? 'no topic' : topics.join(', ')} -> ${plain(target ?? 'its system')} (${state}${why})`
}

function survives(durability: Durability): string {
  if (durability === 'power') return 'survives a power cut: it is on the disk before it is acknowledged'
  if (durability === 'process') return 'survives a crash of the bus, but not a power cut'
  return `survives the loss of ${Number(/\d+/.exec(durability)?.[0] ?? 1) - 1} of the ${/\d+/.exec(durability)?.[0]} nodes that hold it`
}

/** npx sets `npm_command`: then the bare command is not on the path. */
function nextSteps(topics: readonly TopicConfig[], url: string): readonly string[] {
  const command = process.env.npm_command === undefined ? 'hms-sync' : 'npx hms-sync'
  const topic = topics.find(({ name }) => name === 'inspections.status') ?? topics[0]
  return [
    'Next, in another terminal:',
    ...(url === 'http://127.0.0.1:4280' ? [] : [`  export EVENT_BUS_URL=${url}`]),
    ...(topic === undefined
      ? [`  ${command} topics add NAME`]
      : [`  ${command} publish ${topic.name} ${payloadOf(topic)}`, `  ${command} subscribe ${topic.name} --since=10m`]),
    'Ctrl-C stops the bus.',
  ]
}

/** That of the documentation where its topic is there. In quotes for the shell, so what holds some is left to a file, like what is not found easily. */
function payloadOf(topic: TopicConfig): string {
  if (topic.name === 'inspections.status') return `'{"inspectionId":99,"newStatus":"Completed"}'`
  const payload = samplePayload(topic)
  const text = payload === null ? "'" : JSON.stringify(payload)
  return text.includes("'") ? '@payload.json' : `'${plain(text)}'`
}
