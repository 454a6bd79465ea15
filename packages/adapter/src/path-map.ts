import type { WireEvent } from '@hms-sync/client'
import type { MapFunction, PathMap } from './adapter.js'
import type { Collected } from './faults.js'
import { type Expression, follow, parseExpression } from './path.js'

const maxDepth = 16
const maxFields = 500

type Template =
  | { readonly expression: Expression }
  | { readonly list: readonly Template[] }
  | { readonly fields: readonly (readonly [string, Template])[] }

/**
 * The function that a mapping written as data stands for. Fields whose path leads nowhere are left out. Faults go to
 * `collected`, each at its place; the function is then not to be called.
 */
export function compilePathMap(map: PathMap, pointer: string, collected: Collected): MapFunction {
  const size = { fields: 0 }
  const template = compile(map, { pointer, collected, size, depth: 0 })
  return (payload: unknown, event: WireEvent) => fill(template, payload, event)
}

interface Place {
  readonly pointer: string
  readonly collected: Collected
  readonly size: { fields: number }
  readonly depth: number
}

function compile(value: unknown, place: Place): Template {
  const nothing: Template = { expression: { literal: null } }
  if (++place.size.fields > maxFields || place.depth > maxDepth) {
    if (place.size.fields === maxFields + 1 || place.depth === maxDepth + 1)
      place.collected.add(place.pointer, `a mapping has at most ${maxFields} fields, ${maxDepth} deep`)
    return nothing
  }
  if (typeof value === 'string') {
    try {
      return { expression: parseExpression(value) }
    } catch (error) {
      place.collected.add(place.pointer, (error as Error).message)
      return nothing
    }
  }
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return { expression: { literal: value } }
  if (Array.isArray(value)) return { list: value.map((item, i) => compile(item, below(place, String(i)))) }
  if (typeof value === 'object') return { fields: Object.entries(value).map(([name, field]) => [name, compile(field, below(place, name))]) }
  place.collected.add(place.pointer, `a mapping as data holds paths, numbers, true, false and null, not a ${typeof value}`)
  return nothing
}

function below(place: Place, name: string): Place {
  return { ...place, depth: place.depth + 1, pointer: `${place.pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` }
}

function fill(template: Template, payload: unknown, event: WireEvent): unknown {
  if ('expression' in template) {
    const { expression } = template
    return 'literal' in expression ? expression.literal : follow(expression.steps, expression.from === 'event' ? event : payload)
  }
  if ('list' in template) return template.list.map((item) => fill(item, payload, event) ?? null)
  const filled: Record<string, unknown> = {}
  for (const [name, field] of template.fields) {
    const value = fill(field, payload, event)
    // defineProperty, because a field may be called __proto__.
    if (value !== undefined) Object.defineProperty(filled, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return filled
}
