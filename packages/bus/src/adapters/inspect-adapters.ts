import type { Effect } from '@hms-sync/adapter/host'
import { systemClock } from '../clock.js'
import { builtInTopics } from '../registry/built-in-topics.js'
import type { Project, TopicConfig } from '../registry/config.js'
import { adapterEnvironment } from './adapter-environment.js'
import { AdapterThread, defaultThreadLimits } from './adapter-thread.js'
import { topicsOf, topicsOfAll } from './adapter-topics.js'
import type { Loaded } from './protocol.js'

/** What an adapter's file is, or why it is nothing. */
export type Inspected = { readonly name: string; readonly path: string } & (
  | { readonly pairs: readonly { readonly topic: string; readonly effects: readonly Effect[] }[] }
  | { readonly fault: string }
)

/** Loads each adapter file in a worker, as the bus would, and says what it takes and how its sinks apply it. Sends nothing. */
export async function inspectAdapters(project: Project): Promise<readonly Inspected[]> {
  const inspected: Inspected[] = []
  for (const { name, path } of project.adapterFiles) inspected.push({ name, path, ...(await inspect(project, name, path)) })
  return inspected
}

async function inspect(project: Project, name: string, path: string) {
  const nobody = { onOutcomes: () => {}, onPrinted: () => {}, onDeath: () => {} }
  const thread = new AdapterThread({
    ...nobody,
    clock: systemClock,
    limits: defaultThreadLimits,
    environment: adapterEnvironment(project),
  })
  try {
    const { loaded } = await thread.load(name, path)
    const topics = [...project.topics, ...builtInTopics()]
    topicsOfAll(name, loaded, topics, true)
    return { pairs: pairsOf(topics, name, loaded) }
  } catch (error) {
    return { fault: (error as Error).message }
  } finally {
    await thread.close()
  }
}

/** Its sinks by topic: each of them may apply an event in another way. */
function pairsOf(topics: readonly TopicConfig[], name: string, { topics: choices, effects }: Loaded) {
  const taken = new Map<string, Effect[]>()
  for (const [i, choice] of choices.entries())
    for (const topic of topicsOf(name, choice, topics, true)) taken.set(topic, [...(taken.get(topic) ?? []), effects[i]!])
  return [...taken].map(([topic, own]) => ({ topic, effects: own }))
}
