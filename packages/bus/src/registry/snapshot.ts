import { createHash } from 'node:crypto'
import { SyncError } from '@hms-sync/client'
import type { SchemaFile, TopicConfig } from './config.js'

/** The form of the text; another one is another version of the data. */
const format = 1

/** The topics as one line of JSON: what the store keeps of the registry as last applied. Read back by `parseTopics`, equal in every field. */
export function serialiseTopics(topics: readonly TopicConfig[]): string {
  return JSON.stringify({ format, topics })
}

/** @throws SyncError `data_version` when another version wrote the text. */
export function parseTopics(text: string): readonly TopicConfig[] {
  const snapshot: unknown = JSON.parse(text)
  if (isSnapshot(snapshot)) return snapshot.topics
  throw new SyncError(
    'data_version',
    'The registry in the data folder was written by another version of hms-sync. Start that version, or give another data folder with --data.',
  )
}

/** What a schema says, whatever its file is called: equal for equal texts. */
export function contentOf({ text }: SchemaFile): string {
  return createHash('sha256').update(text).digest('base64')
}

function isSnapshot(value: unknown): value is { readonly topics: readonly TopicConfig[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === format &&
    'topics' in value &&
    Array.isArray(value.topics)
  )
}
