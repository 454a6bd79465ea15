import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { didYouMean } from '@hms-sync/client'
import type { ConfigFault, SchemaFile, TopicConfig } from './config.js'
import { faultOfPlace } from './config-error.js'
import { entriesOf, readTextFile } from './project-files.js'
import { maxSchemaBytes } from './schema-bytes.js'

export interface SchemasFound {
  /** The same topics with their schema files. */
  readonly topics: readonly TopicConfig[]
  readonly faults: readonly ConfigFault[]
  readonly remarks: readonly string[]
}

/** Reads `schemas/TOPIC.vN.json` (and `TOPIC.json` as v1) of every topic. A version without its file is a remark: the topic is unvalidated. */
export async function findSchemas(folder: string, topics: readonly TopicConfig[]): Promise<SchemasFound> {
  const entries = await entriesOf(join(folder, 'schemas'))
  const byTopic = new Map<string, Map<number, string>>()
  const faults: ConfigFault[] = []
  const remarks: string[] = []
  const names = new Set(topics.map((topic) => topic.name))
  for (const entry of entries) {
    const sorted = sort(entry, names)
    if (sorted === null) continue
    if ('fault' in sorted) faults.push(sorted.fault)
    else if ('remark' in sorted) remarks.push(sorted.remark)
    else {
      const versions = byTopic.get(sorted.topic) ?? new Map<number, string>()
      const other = versions.get(sorted.version)
      if (other !== undefined)
        faults.push(
          faultOfPlace(
            `schemas/${entry.name}`,
            '',
            `This and schemas/${other} are both v${sorted.version} of ${sorted.topic}. Remove one.`,
          ),
        )
      byTopic.set(sorted.topic, versions.set(sorted.version, entry.name))
    }
  }
  const read: TopicConfig[] = []
  for (const topic of topics) {
    const files = [...(byTopic.get(topic.name) ?? [])].sort(([a], [b]) => a - b)
    const schemas = await Promise.all(files.map(([version, name]) => readSchema(folder, version, name, faults)))
    read.push({ ...topic, schemas: schemas.filter((schema) => schema !== null) })
    remarks.push(
      ...versionRemarks(
        topic,
        files.map(([version]) => version),
      ),
    )
  }
  return { topics: read, faults, remarks }
}

type Sorted = { readonly topic: string; readonly version: number } | { readonly fault: ConfigFault } | { readonly remark: string }

/** Whose schema a file is; null for what is none. */
function sort(entry: Dirent, topics: ReadonlySet<string>): Sorted | null {
  const match = /^([^.].*?)(?:\.v([1-9]\d{0,5}))?\.(json|avsc|proto)$/.exec(entry.name)
  if (match === null || entry.isDirectory()) return null
  const [, stem = '', version, extension = ''] = match
  const whole = version === undefined ? stem : `${stem}.v${version}`
  // `a.v2.json` is v2 of topic a, unless a topic is really called a.v2.
  const topic = topics.has(whole) ? whole : stem
  const file = `schemas/${entry.name}`
  if (version !== undefined && topics.has(whole) && topics.has(stem)) {
    return { fault: faultOfPlace(file, '', `This could be v${version} of ${stem} or v1 of ${whole}. Rename one of the two topics.`) }
  }
  if (extension !== 'json')
    return {
      fault: faultOfPlace(file, '', `This version reads JSON Schema only. Write the contract as schemas/${topic}.v${version ?? 1}.json.`),
    }
  if (!topics.has(topic)) return { remark: `${file} belongs to no topic of topics.yaml and is not read.${didYouMean(topic, topics)}` }
  return { topic, version: topic === whole ? 1 : Number(version) }
}

async function readSchema(folder: string, version: number, name: string, faults: ConfigFault[]): Promise<SchemaFile | null> {
  const path = join(folder, 'schemas', name)
  const text = await readTextFile(path, `schemas/${name}`, maxSchemaBytes)
  if (typeof text === 'string') return { version, path, text }
  faults.push(text)
  return null
}

function versionRemarks(topic: TopicConfig, versions: readonly number[]): readonly string[] {
  if (topic.version === null) {
    if (versions.length === 0) return []
    return [
      `${topic.name} names no schema, though schemas/ has ${versions.map((v) => `v${v}`).join(', ')}: its events are not validated. Write schema: v${versions.at(-1)}.`,
    ]
  }
  if (versions.includes(topic.version)) return []
  return [
    `${topic.name} is unvalidated: there is no schemas/${topic.name}.v${topic.version}.json${topic.version === 1 ? ` nor schemas/${topic.name}.json` : ''}.`,
  ]
}
