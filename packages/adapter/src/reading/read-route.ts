import { topicPatternFault } from '@hms-sync/client'
import type { FilterFunction, MapFunction, Route, TopicChoice } from '../adapter.js'
import type { Collected } from '../faults.js'
import { compileMatch } from '../mapping/match.js'
import { compilePathMap } from '../mapping/path-map.js'
import { isRecord } from './record.js'

export const routeKeys = ['topics', 'all', 'match', 'filter', 'map'] as const

/** Which events, and as what: everything of a route but the sink itself. Faults go to `collected`, each at its place. */
export function readRoute(
  config: Readonly<Record<string, unknown>>,
  pointer: string,
  collected: Collected,
): Pick<Route, 'topics' | 'mismatch' | 'filter' | 'map'> {
  return {
    topics: readTopics(config, pointer, collected),
    mismatch: compileMatch(config.match, `${pointer}/match`, collected),
    filter: readFilter(config.filter, `${pointer}/filter`, collected),
    map: readMap(config.map, `${pointer}/map`, collected),
  }
}

function readTopics(config: Readonly<Record<string, unknown>>, pointer: string, collected: Collected): TopicChoice {
  const { topics, all } = config
  if (all !== undefined && typeof all !== 'boolean') collected.add(`${pointer}/all`, 'write true, or leave it out')
  if (all === true && topics !== undefined) collected.add(`${pointer}/all`, 'either all: true or topics; leave one out')
  if (all === true) return { kind: 'all' }
  if (topics === undefined) return { kind: 'declared' }
  const patterns = typeof topics === 'string' ? [topics] : topics
  if (!Array.isArray(patterns) || patterns.length === 0) {
    collected.add(`${pointer}/topics`, "write a list of names or patterns, such as topics: ['permits.*'], or leave it out")
    return { kind: 'declared' }
  }
  for (const [i, pattern] of patterns.entries()) {
    const fault = typeof pattern === 'string' ? topicPatternFault(pattern) : 'write a name or a pattern, as text'
    if (fault !== null) collected.add(`${pointer}/topics/${i}`, fault)
  }
  return { kind: 'named', patterns: patterns.map(String) }
}

function readFilter(filter: unknown, pointer: string, collected: Collected): FilterFunction | null {
  if (filter === undefined) return null
  if (typeof filter === 'function') return filter as FilterFunction
  if (typeof filter === 'string') return compilePathMap(filter, pointer, collected)
  collected.add(pointer, "write a JSONata expression, filter: 'fee > 100', or a function, filter: (event) => event.fee > 100")
  return null
}

function readMap(map: unknown, pointer: string, collected: Collected): MapFunction {
  if (map === undefined) return (_payload, event) => event.payload
  if (typeof map === 'function') return map as MapFunction
  if (isRecord(map) || typeof map === 'string') return compilePathMap(map, pointer, collected)
  collected.add(
    pointer,
    'write a function, map: (event) => ({ permitId: event.id }), an object of paths and expressions, map: { permitId: id }, or one expression',
  )
  return () => undefined
}
