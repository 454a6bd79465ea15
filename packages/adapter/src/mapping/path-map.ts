import type { WireEvent } from '@hms-sync/client'
import type { MapFunction, PathMap } from '../adapter.js'
import type { Collected } from '../faults.js'
import { compileExpression, type Expression } from './expression.js'
import { follow, type Plain, parsePlain } from './path.js'

const maxDepth = 16
const maxFields = 500

type Template =
  | { readonly plain: Plain }
  /** Its place among the results of the map's expressions. */
  | { readonly result: number }
  | { readonly list: readonly Template[] }
  | { readonly fields: readonly (readonly [string, Template])[] }

/**
 * The function that a mapping written as data stands for: an object whose texts are paths or JSONata expressions, or one
 * such text for the whole. What leads nowhere is left out. Faults go to `collected`, each at its place; the function is
 * then not to be called.
 */
export function compilePathMap(map: PathMap | string, pointer: string, collected: Collected): MapFunction {
  const expressions: Expression[] = []
  const template = compile(map, { pointer, collected, size: { fields: 0 }, expressions, depth: 0 })
  if (expressions.length === 0) return (payload: unknown, event: WireEvent) => fill(template, { payload, event, results: [] })
  return async (payload: unknown, event: WireEvent) => {
    const results: unknown[] = []
    for (const evaluate of expressions) results.push(await evaluate(payload, event))
    return fill(template, { payload, event, results })
  }
}

interface Place {
  readonly pointer: string
  readonly collected: Collected
  readonly size: { fields: number }
  readonly expressions: Expression[]
  readonly depth: number
}

function compile(value: unknown, place: Place): Template {
  const nothing: Template = { plain: { literal: null } }
  if (++place.size.fields > maxFields || place.depth > maxDepth) {
    if (place.size.fields === maxFields + 1 || place.depth === maxDepth + 1)
      place.collected.add(place.pointer, `a mapping has at most ${maxFields} fields, ${maxDepth} deep`)
    return nothing
  }
  if (typeof value === 'string') return compileText(value, place) ?? nothing
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return { plain: { literal: value } }
  if (Array.isArray(value)) return { list: value.map((item, i) => compile(item, below(place, String(i)))) }
  if (typeof value === 'object') return { fields: Object.entries(value).map(([name, field]) => [name, compile(field, below(place, name))]) }
  place.collected.add(place.pointer, `a mapping as data holds paths, numbers, true, false and null, not a ${typeof value}`)
  return nothing
}

/** A plain path keeps its own fast way, and the meaning that it always had; everything else is JSONata. */
function compileText(text: string, { pointer, collected, expressions }: Place): Template | undefined {
  try {
    return { plain: parsePlain(text) }
  } catch (notPlain) {
    if (text.trim() === '') {
      collected.add(pointer, (notPlain as Error).message)
      return undefined
    }
    try {
      return { result: expressions.push(named(pointer, compileExpression(text))) - 1 }
    } catch (error) {
      const why = error as Error
      collected.add(pointer, `this is neither a path nor a JSONata expression: ${why.message}. As a path ${(notPlain as Error).message}`)
      return undefined
    }
  }
}

/** What goes wrong says in which field of the mapping. */
function named(pointer: string, evaluate: Expression): Expression {
  const field = /\/map\/(.+)$/.exec(pointer)?.[1]
  if (field === undefined) return evaluate
  const name = field.replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  return async (payload, event) => {
    try {
      return await evaluate(payload, event)
    } catch (error) {
      if (error instanceof Error) error.message = `${name}: ${error.message}`
      throw error
    }
  }
}

function below(place: Place, name: string): Place {
  return { ...place, depth: place.depth + 1, pointer: `${place.pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` }
}

interface Source {
  readonly payload: unknown
  readonly event: WireEvent
  readonly results: readonly unknown[]
}

function fill(template: Template, source: Source): unknown {
  if ('plain' in template) {
    const { plain } = template
    return 'literal' in plain ? plain.literal : follow(plain.steps, plain.from === 'event' ? source.event : source.payload)
  }
  if ('result' in template) return source.results[template.result]
  if ('list' in template) return template.list.map((item) => fill(item, source) ?? null)
  const filled: Record<string, unknown> = {}
  for (const [name, field] of template.fields) {
    const value = fill(field, source)
    // defineProperty, because a field may be called __proto__.
    if (value !== undefined) Object.defineProperty(filled, name, { value, enumerable: true, configurable: true, writable: true })
  }
  return filled
}
