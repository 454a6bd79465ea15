import { SyncError } from '../errors.js'
import { isName } from '../names.js'

const maxTopics = 256

/** Names of topics; null: every topic that the principal may read. */
export type Topics = ReadonlySet<string> | null

/** @throws SyncError `invalid_request` when it is no name and no list of names. */
export function readTopics(topics: unknown): Topics {
  const names: readonly unknown[] = Array.isArray(topics) ? topics : [topics]
  if (names.length > 0 && names.length <= maxTopics && names.every(isName)) return new Set(names)
  throw new SyncError(
    'invalid_request',
    'subscribe() takes a topic, a list of 1 to 256 topics, or a handler for all topics. Give names such as "permitApproved".',
  )
}

export function coversTopic(topics: Topics, topic: string): boolean {
  return topics === null || topics.has(topic)
}

export function sameTopics(one: Topics, other: Topics): boolean {
  if (one === null || other === null) return one === other
  return one.size === other.size && [...one].every((topic) => other.has(topic))
}

export function overlap(one: Topics, other: Topics): boolean {
  return one === null || other === null || [...one].some((topic) => other.has(topic))
}

export function union(all: readonly Topics[]): Topics {
  return all.includes(null) ? null : new Set(all.flatMap((topics) => [...topics!]))
}
