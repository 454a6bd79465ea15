import type { Adapter, MapFunction, Route, TopicChoice } from './adapter.js'
import { Collected, unknownKey } from './faults.js'
import { compilePathMap } from './path-map.js'
import type { Sink } from './sink.js'
import { httpKeys, readHttpOptions } from './sinks/http/read-options.js'
import { HttpSink } from './sinks/http.js'
import { topicPatternFault } from './topic-pattern.js'

const topicKeys = ['topics', 'all'] as const
const shortKeys = ['name', ...httpKeys, 'map', ...topicKeys]
const fullKeys = ['name', 'sinks']
const sinkKeys = ['to', 'map', ...topicKeys]
/** Keys of later versions: refused by name, so that nobody believes they work. */
const laterKeys = ['sources', 'match', 'maxAttempts', 'retry', 'rateLimit', 'batch', 'acceptDuplicates', 'probe', 'sign', 'transform']

/**
 * Reads an adapter in the short or the full form, from `defineAdapter`, a plain object or a YAML file.
 * @param subject What the configuration is called in the error, such as a file's name.
 * @throws SyncError `invalid_config` with every fault, each with its JSON pointer and what to write.
 */
export function readAdapter(config: unknown, subject = 'the adapter'): Adapter {
  if (isAdapter(config)) return config
  const collected = new Collected()
  const adapter = read(config, collected)
  collected.throwIfAny(subject)
  return adapter!
}

function read(config: unknown, collected: Collected): Adapter | undefined {
  if (!isRecord(config)) {
    collected.add(
      '',
      `write export default defineAdapter({ url: 'https://…', map: (event) => ({ … }) }); this is ${config === undefined ? 'nothing' : `a ${typeof config}`}`,
    )
    return undefined
  }
  const name = readName(config.name, collected)
  const route = 'sinks' in config ? readFullForm(config, collected) : readShortForm(config, collected)
  return route === undefined ? undefined : Object.freeze({ ...(name === undefined ? {} : { name }), routes: [route] })
}

function readShortForm(config: Record<string, unknown>, collected: Collected): Route | undefined {
  checkKeys(config, { known: shortKeys, pointer: '', collected })
  const topics = readTopics(config, '', collected)
  const map = readMap(config.map, '/map', collected)
  const settings = readHttpOptions(config, '', collected)
  return settings === undefined || collected.faults.length > 0 ? undefined : { topics, map, to: new HttpSink(settings) }
}

function readFullForm(config: Record<string, unknown>, collected: Collected): Route | undefined {
  checkKeys(config, { known: fullKeys, pointer: '', collected })
  if (!Array.isArray(config.sinks) || config.sinks.length === 0) {
    collected.add('/sinks', "write a list of one sink, such as sinks: [{ topics: ['permitApproved'], to: http({ url: '…' }) }]")
    return undefined
  }
  for (let i = 1; i < config.sinks.length; i++)
    collected.add(`/sinks/${i}`, 'this version takes one sink an adapter; write another adapter file for this one')
  const [sink] = config.sinks as readonly unknown[]
  if (!isRecord(sink)) {
    collected.add('/sinks/0', "write { topics: ['permitApproved'], to: http({ url: '…' }) }")
    return undefined
  }
  checkKeys(sink, { known: sinkKeys, pointer: '/sinks/0', collected })
  const topics = readTopics(sink, '/sinks/0', collected)
  const map = readMap(sink.map, '/sinks/0/map', collected)
  return checkSink(sink.to, collected) ? { topics, map, to: sink.to } : undefined
}

function checkSink(to: unknown, collected: Collected): to is Sink {
  // By shape, not by class: an adapter's project may have a copy of this package of its own.
  const isSink = isRecord(to) && typeof to.kind === 'string' && typeof to.apply === 'function'
  if (isSink && to.kind === 'http') return true
  collected.add(
    '/sinks/0/to',
    isSink ? `this version has no sink "${String(to.kind)}"; write to: http({ url: '…' })` : "write to: http({ url: '…' })",
  )
  return false
}

function readTopics(config: Record<string, unknown>, pointer: string, collected: Collected): TopicChoice {
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

function readMap(map: unknown, pointer: string, collected: Collected): MapFunction {
  if (map === undefined) return (_payload, event) => event.payload
  if (typeof map === 'function') return map as MapFunction
  if (isRecord(map)) return compilePathMap(map, pointer, collected)
  collected.add(pointer, 'write a function, map: (event) => ({ permitId: event.id }), or an object of paths, map: { permitId: id }')
  return () => undefined
}

function readName(name: unknown, collected: Collected): string | undefined {
  if (name === undefined) return undefined
  if (typeof name === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(name)) return name
  collected.add('/name', 'a name has 1 to 100 letters, digits, "-", "_" and "."; or leave it out: the file’s name is the adapter’s')
  return undefined
}

function checkKeys(
  config: Record<string, unknown>,
  { known, pointer, collected }: { readonly known: readonly string[]; readonly pointer: string; readonly collected: Collected },
): void {
  for (const key of Object.keys(config)) {
    if (known.includes(key)) continue
    const later = laterKeys.includes(key) ? 'this version does not support it yet; leave it out' : unknownKey(key, known)
    collected.add(`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, later)
  }
}

function isAdapter(config: unknown): config is Adapter {
  return (
    isRecord(config) &&
    Array.isArray(config.routes) &&
    config.routes.every((route) => isRecord(route) && typeof route.map === 'function' && isRecord(route.to))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
