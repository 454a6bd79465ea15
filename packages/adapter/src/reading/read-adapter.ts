import type { Adapter, Route } from '../adapter.js'
import { Collected, unknownKey } from '../faults.js'
import type { Sink } from '../sink.js'
import { httpKeys, readHttpOptions } from '../sinks/http/read-options.js'
import { HttpSink } from '../sinks/http.js'
import { readSink } from '../sinks/kinds.js'
import { policyKeys, readPolicy } from './read-policy.js'
import { readRoute, routeKeys } from './read-route.js'
import { isRecord } from './record.js'

const shortKeys = ['name', ...httpKeys, ...routeKeys, ...policyKeys]
const oneSinkKeys = ['name', 'to', ...routeKeys, ...policyKeys]
const fullKeys = ['name', 'sinks', ...policyKeys]
const sinkKeys = ['to', ...routeKeys]
/** Keys of later versions: refused by name, so that nobody believes they work. */
const laterKeys = ['sources', 'transform']
const maxSinks = 32

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
  const { policy, concurrent, acceptDuplicates } = readPolicy(config, collected)
  const routes = readRoutes(config, collected)
  if (routes === undefined || collected.faults.length > 0) {
    for (const route of routes ?? []) void route.to.close()
    return undefined
  }
  const bounded = routes.map((route) => ({ ...route, concurrency: Math.min(route.to.concurrency, concurrent ?? route.to.concurrency) }))
  return Object.freeze({ ...(name === undefined ? {} : { name }), routes: bounded, policy, acceptDuplicates })
}

type ReadRoute = Omit<Route, 'concurrency'>

function readRoutes(config: Record<string, unknown>, collected: Collected): readonly ReadRoute[] | undefined {
  if ('sinks' in config) return readSinks(config, collected)
  if ('to' in config) {
    checkKeys(config, { known: oneSinkKeys, pointer: '', collected })
    return readOne(config, '', collected)
  }
  checkKeys(config, { known: shortKeys, pointer: '', collected })
  const route = readRoute(config, '', collected)
  const settings = readHttpOptions(config, '', collected)
  return settings === undefined || collected.faults.length > 0 ? undefined : [{ ...route, to: new HttpSink(settings) }]
}

function readSinks(config: Record<string, unknown>, collected: Collected): readonly ReadRoute[] | undefined {
  checkKeys(config, { known: fullKeys, pointer: '', collected })
  const { sinks } = config
  if (!Array.isArray(sinks) || sinks.length === 0 || sinks.length > maxSinks) {
    collected.add(
      '/sinks',
      `write a list of 1 to ${maxSinks} sinks, such as sinks: [{ topics: ['permitApproved'], to: http({ url: '…' }) }]`,
    )
    return undefined
  }
  return sinks.flatMap((sink: unknown, i) => {
    const pointer = `/sinks/${i}`
    if (isRecord(sink)) {
      checkKeys(sink, { known: sinkKeys, pointer, collected })
      return readOne(sink, pointer, collected) ?? []
    }
    collected.add(pointer, "write { topics: ['permitApproved'], to: http({ url: '…' }) }")
    return []
  })
}

function readOne(config: Record<string, unknown>, pointer: string, collected: Collected): readonly ReadRoute[] | undefined {
  const route = readRoute(config, pointer, collected)
  const { to } = config
  const sink = isSink(to) ? to : readSink(to, `${pointer}/to`, collected)
  return sink === undefined ? undefined : [{ ...route, to: sink }]
}

/** By shape, not by class: an adapter's project may have a copy of this package of its own, or a sink of its own. */
function isSink(to: unknown): to is Sink {
  return isRecord(to) && typeof to.kind === 'string' && typeof to.apply === 'function'
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
    collected.add(`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, keyFault(key, known))
  }
}

function keyFault(key: string, known: readonly string[]): string {
  if (laterKeys.includes(key)) return 'this version does not support it yet; leave it out'
  if (known === sinkKeys && (policyKeys as readonly string[]).includes(key)) return 'write it beside sinks: it counts for the whole adapter'
  if (known === sinkKeys && (httpKeys as readonly string[]).includes(key)) return `write to: http({ ${key}: … })`
  if (known === fullKeys && (routeKeys as readonly string[]).includes(key)) return 'write it into the entries under sinks'
  return unknownKey(key, known)
}

function isAdapter(config: unknown): config is Adapter {
  return (
    isRecord(config) &&
    isRecord(config.policy) &&
    Array.isArray(config.routes) &&
    config.routes.every((route) => isRecord(route) && typeof route.map === 'function' && isRecord(route.to))
  )
}
