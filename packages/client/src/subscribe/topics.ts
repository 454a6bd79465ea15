import { SyncError } from '../errors.js'
import { isName } from '../names.js'
import { isPattern, matchesTopic } from '../topic-pattern.js'

const maxTopics = 256

/** What a subscription takes. */
export interface Topics {
  /** Names, and for groups patterns; null: every topic that the principal may read. */
  readonly names: ReadonlySet<string> | null
  /** Groups only: also the topics that list the group under `consumers`. The bus knows which. */
  readonly declared: boolean
}

export const everyTopic: Topics = { names: null, declared: false }

/** @throws SyncError `invalid_request` when it is no name and no list of names. */
export function readTopics(topics: unknown, declared = false): Topics {
  const names: readonly unknown[] = Array.isArray(topics) ? topics : [topics]
  if ((names.length > 0 || declared) && names.length <= maxTopics && names.every(isName)) return { names: new Set(names), declared }
  throw new SyncError(
    'invalid_request',
    'subscribe() takes a topic, a list of 1 to 256 topics, or a handler for all topics. Give names such as "permitApproved".',
  )
}

export function coversTopic({ names, declared }: Topics, topic: string): boolean {
  return names === null || declared || names.has(topic) || [...names].some((name) => isPattern(name) && matchesTopic(name, topic))
}

export function sameTopics(one: Topics, other: Topics): boolean {
  if (one.declared !== other.declared) return false
  if (one.names === null || other.names === null) return one.names === other.names
  const { names } = other
  return one.names.size === names.size && [...one.names].every((topic) => names.has(topic))
}

/** Whether a topic may be in both. Patterns may meet whatever there is. */
export function overlap(one: Topics, other: Topics): boolean {
  if (isOpen(one) || isOpen(other)) return true
  return [...(one.names ?? [])].some((topic) => other.names?.has(topic))
}

export function union(all: readonly Topics[]): Topics {
  const declared = all.some((topics) => topics.declared)
  return all.some(({ names }) => names === null) ? everyTopic : { names: new Set(all.flatMap(({ names }) => [...(names ?? [])])), declared }
}

function isOpen({ names, declared }: Topics): boolean {
  return names === null || declared || [...names].some(isPattern)
}
