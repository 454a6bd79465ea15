import type { Json, WireEvent } from '@hms-sync/client'
import type { Route } from '../adapter.js'
import { printableThrown } from '../printable.js'
import { isTrue } from './expression.js'
import { jsonFault } from './json-fault.js'

/** What is sent to a sink for an event; or why nothing is: it is not for this sink, or it cannot be mapped. */
export type Prepared =
  | { readonly kind: 'send'; readonly value: Json }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string }

type Work = Pick<Route, 'mismatch' | 'filter' | 'map'> & { readonly to: { readonly timeoutMs: number } }

const maxReasonCharacters = 500

/**
 * Matches, filters and maps one event for one sink. Never throws, and answers at once unless a function returns a promise:
 * what is thrown, and a result that is not JSON, refuse this event and no other.
 */
export function prepare(route: Work, event: WireEvent): Prepared | Promise<Prepared> {
  const input = mapInput(event)
  const mismatch = route.mismatch === null ? null : route.mismatch(input, event)
  if (mismatch !== null) return { kind: 'skip', reason: mismatch }
  const { filter } = route
  if (filter === null) return mapped(route, input, event)
  return settled({ name: 'filter', timeoutMs: route.to.timeoutMs, work: () => filter(input, event) }, (passes) =>
    isTrue(passes) ? mapped(route, input, event) : { kind: 'skip', reason: 'filter: it does not pass' },
  )
}

function mapped(route: Work, input: unknown, event: WireEvent): Prepared | Promise<Prepared> {
  return settled({ name: 'map', timeoutMs: route.to.timeoutMs, work: () => route.map(input, event) }, (value) => {
    const fault = jsonFault(value)
    return fault === null ? { kind: 'send', value: value as Json } : { kind: 'refuse', reason: `map: ${fault}` }
  })
}

/** The payload with the event's `type` beside its fields; a `type` of its own wins. */
function mapInput({ payload, type }: WireEvent): unknown {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? Object.assign({ type }, payload) : payload
}

interface Step {
  readonly name: string
  readonly timeoutMs: number
  readonly work: () => unknown
}

/** No promise is made where none is given: most mappings are plain functions, and this is run for every event. */
function settled(step: Step, onValue: (value: unknown) => Prepared | Promise<Prepared>): Prepared | Promise<Prepared> {
  const refused = (error: unknown): Prepared => ({ kind: 'refuse', reason: describeThrow(step.name, error) })
  let value: unknown
  try {
    value = step.work()
  } catch (error) {
    return refused(error)
  }
  return value instanceof Promise ? inTime(value, step.timeoutMs).then(onValue, refused) : onValue(value)
}

async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`its promise did not settle within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What was thrown and where: the first line of the stack that lies in the adapter's own files. */
function describeThrow(what: string, error: unknown): string {
  if (!(error instanceof Error)) return `${what} threw ${printableThrown(error, maxReasonCharacters)}`
  const frame = /\(?(?:file:\/\/)?(\/[^\s()?]+|[A-Za-z]:[\\/][^\s()?]+?)(?:\?[^\s:)]*)?:(\d+):(\d+)\)?\s*$/m.exec(
    ownFrames(typeof error.stack === 'string' ? error.stack : ''),
  )
  const where = frame === null ? '' : ` at ${frame[1]}:${frame[2]}:${frame[3]}`
  return `${what} threw${where}: ${printableThrown(error, maxReasonCharacters)}`
}

function ownFrames(stack: string): string {
  const here = import.meta.url.replace(/^file:\/\//, '').replace(/mapping\/[^/]+$/, '')
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:') && !line.includes(here))
    .join('\n')
}
