import type { TopicConfig } from './config.js'
import { shape, toTopic } from './read-topics.js'

/** A topic that names nothing but itself: every value has its default. */
export function defaultTopic(name: string): TopicConfig {
  const raw = {}
  shape.check(raw)
  return toTopic(name, raw, () => {})
}
