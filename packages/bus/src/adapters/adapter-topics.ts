import type { TopicChoice } from '@hms-sync/adapter/host'
import { isPattern, matchesTopic, SyncError } from '@hms-sync/client'
import { isBuiltIn } from '../registry/built-in-topics.js'
import type { TopicConfig } from '../registry/config.js'
import type { Loaded } from './protocol.js'

/** What an adapter's file says of its sinks. */
export type Sinks = Pick<Loaded, 'topics' | 'effects' | 'acceptDuplicates'>

/**
 * The topics that an adapter with these sinks receives, in the order of the registry.
 * @throws SyncError `invalid_config` as `topicsOf`, and for a topic that is exactly_once and a sink that can only repeat.
 */
export function topicsOfAll(name: string, sinks: Sinks, topics: readonly TopicConfig[], openLoopback: boolean): readonly string[] {
  const ofEach = sinks.topics.map((choice) => topicsOf(name, choice, topics, openLoopback))
  const taken = topics.filter((topic) => ofEach.some((names) => names.includes(topic.name)))
  if (!sinks.acceptDuplicates) {
    const faults = taken
      .filter((topic) => topic.qos === 'exactly_once')
      .flatMap((topic) => repeatFault(name, topic, { sinks, ofEach }) ?? [])
    if (faults.length > 0) throw new SyncError('invalid_config', faults.join('\n'))
  }
  return taken.map((topic) => topic.name)
}

function repeatFault(
  adapter: string,
  { name }: TopicConfig,
  { sinks, ofEach }: { readonly sinks: Sinks; readonly ofEach: readonly (readonly string[])[] },
): string | null {
  const takes = (i: number) => sinks.topics[i]?.kind === 'declared' || ofEach[i]?.includes(name)
  if (!sinks.effects.some((effect, i) => effect === 'at_least_once' && takes(i))) return null
  return `The topic "${name}" is exactly_once, and the adapter "${adapter}" has a sink for it that can only repeat what it did. Write acceptDuplicates: true into the adapter, or make the topic at_least_once.`
}

/**
 * The topics that a sink receives. Patterns and `all` pass over topics whose `consumers` leave it out; a topic that
 * is named outright and does so is a fault, as is one that does not exist. Topics of the bus itself must be named.
 * @param openLoopback Whether a topic without a list may be taken by an adapter that no topic lists.
 * @throws SyncError `invalid_config` naming every such topic and what to write.
 */
export function topicsOf(name: string, choice: TopicChoice, topics: readonly TopicConfig[], openLoopback: boolean): readonly string[] {
  const open = topics.filter((topic) => !isBuiltIn(topic.name) && (topic.consumers === null || topic.consumers.includes(name)))
  if (choice.kind === 'all') return open.map((topic) => topic.name)
  if (choice.kind === 'declared') {
    const declared = open.filter(({ consumers }) => consumers !== null)
    return (declared.length > 0 || !openLoopback ? declared : open).map((topic) => topic.name)
  }
  const named = choice.patterns.filter((pattern) => !isPattern(pattern))
  const faults = named.flatMap((topic) => topicFault(name, topic, topics) ?? [])
  if (faults.length > 0) throw new SyncError('invalid_config', faults.join('\n'))
  const matched = open.filter((topic) => choice.patterns.some((pattern) => matchesTopic(pattern, topic.name)))
  return [...matched.map((topic) => topic.name), ...new Set(named.filter(isBuiltIn))]
}

function topicFault(adapter: string, name: string, topics: readonly TopicConfig[]): string | null {
  const topic = topics.find((known) => known.name === name)
  if (topic === undefined)
    return `The adapter "${adapter}" names the topic "${name}", which topics.yaml does not have. Add it there, or correct the name.`
  if (topic.consumers === null || topic.consumers.includes(adapter)) return null
  return `The adapter "${adapter}" names the topic "${name}", whose consumers leave it out. Write ${adapter} under consumers of ${name} in topics.yaml, or take the topic out of the adapter's topics.`
}
