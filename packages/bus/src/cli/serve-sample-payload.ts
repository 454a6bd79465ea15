import type { Json } from '@hms-sync/client'
import { compileContracts } from '../contracts/compile-contracts.js'
import type { TopicConfig } from '../registry/config.js'

const maxDepth = 5

/** A payload that the topic takes, with its key and what its schema requires; null when none is found that easily. */
export function samplePayload(topic: TopicConfig): Json | null {
  const contract = compileContracts(topic).get(topic.version ?? 0)
  const schema = topic.schemas.find(({ version }) => version === topic.version)
  const payload = schema === undefined ? withKey({}, topic.key ?? ['id']) : withKey(sample(JSON.parse(schema.text), 0), topic.key ?? [])
  return contract === undefined || contract.validate(payload).length === 0 ? payload : null
}

function withKey(payload: Json, [name, ...rest]: readonly string[]): Json {
  if (name === undefined || typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload
  const fields = payload as { readonly [field: string]: Json }
  return { ...fields, [name]: rest.length === 0 ? (fields[name] ?? 1) : withKey(fields[name] ?? {}, rest) }
}

// biome-ignore lint/suspicious/noExplicitAny: a JSON Schema may hold anything; what is not understood is found out by the contract
function sample(schema: any, depth: number): Json {
  const [example] = schema.examples ?? []
  if (example !== undefined) return example
  const given = schema.const ?? schema.default ?? schema.enum?.[0]
  if (given !== undefined) return given
  const type = Array.isArray(schema.type) ? schema.type[0] : (schema.type ?? 'object')
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1
  if (type === 'boolean') return true
  if (type === 'string') return texts[schema.format] ?? 'text'
  if (type === 'array') return []
  if (type !== 'object' || depth >= maxDepth) return null
  const required: readonly string[] = schema.required ?? []
  return Object.fromEntries(required.map((name) => [name, sample(schema.properties?.[name] ?? { type: 'string' }, depth + 1)]))
}

const texts: Readonly<Record<string, string>> = {
  date: '2026-06-01',
  'date-time': '2026-06-01T09:00:00Z',
  email: 'lee@example.org',
  uri: 'https://example.org',
  uuid: '00000000-0000-4000-8000-000000000000',
}
