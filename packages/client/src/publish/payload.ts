import type { Fault } from '../errors.js'
import { SyncError } from '../errors.js'

/** As deep as the bus takes JSON. */
const maxDepth = 32
const maxFaults = 20

/**
 * A payload as JSON text. A string **is** JSON text and travels as it is. Dates become ISO strings, properties that are
 * `undefined` are left out, as `JSON.stringify` does; what it would lose silently (functions, NaN, Map, Set …) is a fault.
 * @throws SyncError `invalid_json` for a string that is not JSON, `invalid_event` with a fault for each place.
 */
export function payloadText(payload: unknown): string {
  if (typeof payload === 'string') return checkedText(payload)
  const faults: Fault[] = []
  inspect(payload, '', [], faults)
  if (faults.length > 0) {
    const first = faults[0]!
    throw new SyncError('invalid_event', `The payload cannot be written as JSON: ${first.message} at "${first.pointer}".`, { faults })
  }
  const text = stringify(payload)
  if (text === undefined) throw new SyncError('invalid_event', 'The payload’s toJSON() answers nothing that JSON knows.')
  return text
}

function checkedText(text: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    const reason =
      'A payload given as a string must be JSON text, such as JSON.stringify(data) makes; this one is not. To publish the text itself, give JSON.stringify(text).'
    throw new SyncError('invalid_json', reason, { cause: withoutText(cause) })
  }
  checkDepth(parsed, 0)
  return text
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxDepth) throw tooDeep()
  for (const item of Object.values(value)) checkDepth(item, depth + 1)
}

function tooDeep(): SyncError {
  return new SyncError('too_deep', `The payload is nested deeper than ${maxDepth}. Publish a flatter one.`)
}

/** The parser quotes what it read; a payload must not end up in a log. */
function withoutText(cause: unknown): Error {
  const position = /position \d+/.exec(String(cause))
  return new SyntaxError(position === null ? 'not JSON' : `not JSON at ${position[0]}`)
}

function stringify(payload: unknown): string | undefined {
  try {
    return JSON.stringify(payload)
  } catch (cause) {
    throw new SyncError('invalid_event', 'The payload cannot be written as JSON.', { cause })
  }
}

function inspect(value: unknown, pointer: string, path: object[], faults: Fault[]): void {
  if (faults.length >= maxFaults) return
  if (typeof value === 'object' && value !== null) inspectObject(value, pointer, path, faults)
  else if (typeof value === 'number') {
    if (!Number.isFinite(value)) faults.push({ pointer, message: `${value} has no JSON form` })
  } else if (typeof value === 'bigint') faults.push({ pointer, message: 'a bigint has no JSON form (give a string or a number)' })
  else if (typeof value === 'function' || typeof value === 'symbol') faults.push({ pointer, message: `a ${typeof value} has no JSON form` })
  else if (value === undefined) faults.push({ pointer, message: 'undefined has no JSON form (give null)' })
}

function inspectObject(value: object, pointer: string, path: object[], faults: Fault[]): void {
  if (path.includes(value)) {
    faults.push({ pointer, message: 'an object that contains itself has no JSON form' })
    return
  }
  if (path.length >= maxDepth) throw tooDeep()
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return
  if (value instanceof Map || value instanceof Set) {
    faults.push({ pointer, message: `a ${value.constructor.name} has no JSON form (give an object or an array)` })
    return
  }
  path.push(value)
  if (Array.isArray(value)) for (const [index, item] of value.entries()) inspect(item, `${pointer}/${index}`, path, faults)
  else {
    for (const name of Object.keys(value)) {
      const item = (value as Readonly<Record<string, unknown>>)[name]
      if (item === undefined) continue
      // Most values are leaves that are fine; their pointer is never needed.
      if (typeof item === 'string' || typeof item === 'boolean' || item === null) continue
      inspect(item, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, path, faults)
    }
  }
  path.pop()
}
