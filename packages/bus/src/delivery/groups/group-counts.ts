import type { Consumption } from '../consumption/consumption.js'
import type { DurationHistogram } from '../targets/duration-histogram.js'
import type { Group } from './group.js'

/** What a group did since the bus started. */
export interface GroupCounts {
  readonly group: string
  /** How long its tries took. */
  readonly durations: DurationHistogram
  readonly topics: readonly ({ readonly topic: string } & Consumption['counts'])[]
}

export function countGroup(group: Group): GroupCounts {
  const topics = new Map<string, { -readonly [N in keyof Consumption['counts']]: number } & { readonly topic: string }>()
  for (const { topic, counts } of group.consumptions) {
    const sums = topics.get(topic.name)
    if (sums === undefined) topics.set(topic.name, { topic: topic.name, ...counts })
    else for (const name of Object.keys(counts) as (keyof typeof counts)[]) sums[name] += counts[name]
  }
  return { group: group.name, durations: group.verdicts.durations, topics: [...topics.values()] }
}
