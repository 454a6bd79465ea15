import type { Json, WireEvent } from '@hms-sync/client'
import type { Route } from './adapter.js'
import { idempotencyKey } from './idempotency-key.js'
import { jsonFault } from './json-fault.js'
import { printable } from './printable.js'
import type { SinkOutcome } from './sink.js'

const maxReasonCharacters = 500

/**
 * One try of one event: map it, send it, say how it went. Never throws: a mapping that throws or makes no JSON
 * refuses the event, a sink that throws leaves it unknown.
 */
export async function deliver(route: Route, event: WireEvent, attempt: number, signal: AbortSignal): Promise<SinkOutcome> {
  let value: unknown
  try {
    value = route.map(mapInput(event), event)
    if (value instanceof Promise) value = await inTime(value, route.to.timeoutMs)
  } catch (error) {
    return { outcome: 'refused', reason: describeThrow(error) }
  }
  const fault = jsonFault(value)
  if (fault !== null) return { outcome: 'refused', reason: `map: ${fault}` }
  try {
    const delivery = { event, value: value as Json, attempt, idempotencyKey: idempotencyKey(event) }
    const [outcome] = await route.to.apply([delivery], signal)
    return outcome ?? { outcome: 'unknown', reason: `the sink "${route.to.kind}" gave no outcome` }
  } catch (error) {
    return { outcome: 'unknown', reason: `the sink "${route.to.kind}" failed: ${printable(String(error), maxReasonCharacters)}` }
  }
}

/** The payload with the event's `type` beside its fields; a `type` of its own wins. */
function mapInput({ payload, type }: WireEvent): unknown {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? Object.assign({ type }, payload) : payload
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
function describeThrow(error: unknown): string {
  if (!(error instanceof Error)) return `map threw ${printable(String(error), maxReasonCharacters)}`
  const frame = /\(?(?:file:\/\/)?(\/[^\s()?]+|[A-Za-z]:[\\/][^\s()?]+?)(?:\?[^\s:)]*)?:(\d+):(\d+)\)?\s*$/m.exec(
    ownFrames(error.stack ?? ''),
  )
  const where = frame === null ? '' : ` at ${frame[1]}:${frame[2]}:${frame[3]}`
  return `map threw${where}: ${printable(`${error.name}: ${error.message}`, maxReasonCharacters)}`
}

function ownFrames(stack: string): string {
  const here = import.meta.url.replace(/^file:\/\//, '').replace(/[^/]+$/, '')
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !line.includes('node:') && !line.includes(here))
    .join('\n')
}
