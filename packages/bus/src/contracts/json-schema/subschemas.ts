import type { Path } from '@hms-sync/adapter/yaml'

export type SchemaObject = Record<string, unknown>

/** A schema within a schema: where it stands below its parent, and whether the parent applies it (`$defs` only keep). */
export interface Child {
  readonly path: Path
  readonly schema: SchemaObject
  readonly applied: boolean
  /** Whether it is applied to the very value of its parent, not to one inside it. */
  readonly inPlace: boolean
}

const single = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]
const lists = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']
const maps = ['dependencies', 'dependentSchemas', 'patternProperties', 'properties']
const kept = ['$defs', 'definitions']
const inPlace = new Set<unknown>(['allOf', 'anyOf', 'dependencies', 'dependentSchemas', 'else', 'if', 'not', 'oneOf', 'then'])

/** The schemas that stand directly in this one, of both dialects. Boolean schemas cost nothing and are left out. */
export function children(schema: SchemaObject): readonly Child[] {
  const found: Child[] = []
  const add = (value: unknown, path: Path, applied: boolean) => {
    if (isSchemaObject(value)) found.push({ path, schema: value, applied, inPlace: inPlace.has(path[0]) })
  }
  for (const key of single) add(schema[key], [key], true)
  for (const key of lists) {
    const list = schema[key]
    if (Array.isArray(list)) for (const [i, item] of list.entries()) add(item, [key, i], true)
  }
  for (const key of [...maps, ...kept]) {
    const map = schema[key]
    if (isSchemaObject(map)) for (const [name, item] of Object.entries(map)) add(item, [key, name], !kept.includes(key))
  }
  return found
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
