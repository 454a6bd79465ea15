import type { WireEvent } from '@hms-sync/client'
import type { Collected } from '../faults.js'
import { printable } from '../printable.js'
import { type PathExpression, parsePath, type Step } from './path.js'

const maxValues = 1_000
const maxShown = 100

interface Condition {
  readonly path: string
  readonly from: 'payload' | 'event'
  readonly steps: readonly Step[]
  readonly wanted: ReadonlySet<unknown>
}

/**
 * The function that `match:` stands for: why an event is not wanted, or null. Faults go to `collected`, each at its place.
 * A field that is not there matches nothing, not even null.
 */
export function compileMatch(
  match: unknown,
  pointer: string,
  collected: Collected,
): ((payload: unknown, event: WireEvent) => string | null) | null {
  if (match === undefined) return null
  if (typeof match !== 'object' || match === null || Array.isArray(match)) {
    collected.add(pointer, "write fields and the values that they must hold, such as match: { 'permit.kind': ['building', 'fire'] }")
    return null
  }
  const conditions = Object.entries(match).flatMap(([path, wanted]) => readCondition(path, wanted, pointer, collected) ?? [])
  return (payload, event) => {
    for (const { path, from, steps, wanted } of conditions) {
      const root = from === 'event' ? event : payload
      if (!holds(root, steps, wanted)) return `match: ${path} is not ${shown(wanted)}`
    }
    return null
  }
}

function readCondition(path: string, wanted: unknown, pointer: string, collected: Collected): Condition | undefined {
  const place = `${pointer}/${path.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const values = Array.isArray(wanted) ? wanted : [wanted]
  if (values.length === 0 || values.length > maxValues) collected.add(place, `write one value, or a list of 1 to ${maxValues}`)
  else if (!values.every(isScalar))
    collected.add(place, 'a value is a text, a number, true, false or null; write a deeper field as a path, such as permit.kind')
  const expression = readPath(path, place, collected)
  return expression === undefined ? undefined : { path, ...expression, wanted: new Set(values) }
}

function readPath(path: string, place: string, collected: Collected): PathExpression | undefined {
  try {
    return parsePath(path)
  } catch (error) {
    collected.add(place, (error as Error).message)
    return undefined
  }
}

/** Through lists, one of the items must. */
function holds(value: unknown, steps: readonly Step[], wanted: ReadonlySet<unknown>, at = 0): boolean {
  if (Array.isArray(value)) return value.some((item) => holds(item, steps, wanted, at))
  const step = steps[at]
  if (step === undefined) return wanted.has(value)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step.field)) return false
  const field = (value as Readonly<Record<string, unknown>>)[step.field]
  if (step.index === undefined) return holds(field, steps, wanted, at + 1)
  const item = Array.isArray(field) ? field.at(step.index) : step.index === 0 ? field : undefined
  return item !== undefined && holds(item, steps, wanted, at + 1)
}

function shown(wanted: ReadonlySet<unknown>): string {
  const texts = [...wanted].slice(0, 5).map((value) => JSON.stringify(value))
  return printable(`${texts.join(' or ')}${wanted.size > 5 ? ' or …' : ''}`, maxShown)
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}
