import type { Path } from '@hms-sync/adapter/yaml'
import { didYouMean } from '@hms-sync/client'
import { knownFormats } from './dialects.js'
import { patternFault } from './pattern.js'
import { References } from './references.js'
import { type Child, children, isSchemaObject, type SchemaObject } from './subschemas.js'

/** Bound on the schemas in a file, and on those that one validation may meet once every `$ref` is followed. */
export const maxNodes = 2_000
/** Ajv nests what it writes for siblings: 1,400 parts of one schema exhaust the stack, or take it 10 s. */
const maxWidth = 600

const tooManyNodes = `With every $ref followed this schema has more than ${maxNodes} parts. Refer to less, or to fewer alternatives.`
const endless = 'This schema refers to itself for the same value, which never ends. Refer to itself below properties or items only.'
const tooWide = `This schema has more than ${maxWidth} parts side by side and within each other. Divide the payload into objects of their own, or the topic.`

/** What is wrong, and where: at the value under the path, or at the key that leads to it. */
export interface Problem {
  readonly path: Path
  readonly message: string
  readonly at?: 'key'
}

export interface Inspected {
  readonly faults: readonly Problem[]
  /** Schemas that one value may be held against. */
  readonly nodes: number
  /** Those that contain themselves through a `$ref`. */
  readonly recursive: ReadonlySet<SchemaObject>
  /** Whether it names a property that every object inherits. */
  readonly namesInherited: boolean
}

/** Walks a schema that its dialect finds sound, for what the dialect allows and the bus does not. Rewrites references by `$id` to local ones. */
export function inspect(root: SchemaObject): Inspected {
  const walk = new Walk(root)
  walk.run()
  const expansion = new Expansion(walk.references)
  if (walk.faults.length === 0) {
    if (!expansion.count(root)) walk.faults.push({ path: [], message: tooManyNodes })
    else if (expansion.endless) walk.faults.push({ path: [], message: endless })
    else if (expansion.width > maxWidth) walk.faults.push({ path: [], message: tooWide })
  }
  return { faults: walk.faults, nodes: expansion.nodes, recursive: expansion.recursive, namesInherited: walk.namesInherited }
}

class Walk {
  readonly faults: Problem[] = []
  readonly references: References
  namesInherited = false
  readonly #root: SchemaObject
  readonly #seen = new Map<SchemaObject, Path>()

  constructor(root: SchemaObject) {
    this.#root = root
    this.references = new References(root)
  }

  run(): void {
    this.#collect(this.#root, [])
    // Anchors are known now, and a reference may lead to places that no keyword applies: those are looked at as well.
    for (const [schema, path] of this.#seen) {
      if (this.#seen.size > maxNodes) {
        this.faults.push({ path: [], message: `This file has more than ${maxNodes} schemas. Divide it into several versions or topics.` })
        return
      }
      this.#follow(schema, path)
      this.#check(schema, path)
    }
  }

  #collect(root: SchemaObject, rootPath: Path): void {
    const open: [SchemaObject, Path][] = [[root, rootPath]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [schema, path] = next
      if (this.#seen.has(schema)) continue
      this.#seen.set(schema, path)
      for (const name of [schema.$anchor, draft07Anchor(schema.$id)]) {
        if (typeof name === 'string') this.references.anchors.set(name, { path, schema })
      }
      for (const child of children(schema)) open.push([child.schema, [...path, ...child.path]])
    }
  }

  #follow(schema: SchemaObject, path: Path): void {
    if (typeof schema.$ref !== 'string') return
    const target = this.references.resolve(schema.$ref)
    if ('fault' in target) {
      this.faults.push({ path: [...path, '$ref'], message: target.fault })
      return
    }
    schema.$ref = this.references.local(schema.$ref)
    if (isSchemaObject(target.schema)) this.#collect(target.schema, target.path)
  }

  #check(schema: SchemaObject, path: Path): void {
    const fault = (key: string, message: string) => this.faults.push({ path: [...path, key], message })
    if (typeof schema.format === 'string' && !knownFormats().includes(schema.format)) {
      fault('format', `This format is not known.${didYouMean(schema.format, knownFormats())} Known: ${knownFormats().join(', ')}.`)
    }
    if (typeof schema.pattern === 'string') {
      const message = patternFault(schema.pattern)
      if (message !== null) fault('pattern', message)
    }
    if (isSchemaObject(schema.patternProperties)) {
      for (const pattern of Object.keys(schema.patternProperties)) {
        const message = patternFault(pattern)
        if (message !== null) this.faults.push({ path: [...path, 'patternProperties', pattern], message, at: 'key' })
      }
    }
    for (const key of ['$dynamicRef', '$recursiveRef']) {
      if (key in schema) fault(key, 'Dynamic references are not read here. Write $ref.')
    }
    if ('$async' in schema) fault('$async', 'Payloads are checked at once. Leave $async out.')
    if (path.length > 0 && typeof schema.$id === 'string' && !schema.$id.startsWith('#')) {
      fault('$id', 'Only the file itself can have an $id. Leave this one out and refer to "#/$defs/NAME".')
    }
    const names = [
      ...Object.keys(isSchemaObject(schema.properties) ? schema.properties : {}),
      ...(Array.isArray(schema.required) ? schema.required : []),
    ]
    if (names.some((name) => typeof name === 'string' && name in Object.prototype)) this.namesInherited = true
  }
}

/** Counts what one value may be held against, each `$ref` followed, without following one into itself. */
class Expansion {
  nodes = 0
  /** The most parts that stand side by side and within each other on one way down. */
  width = 0
  readonly recursive = new Set<SchemaObject>()
  /** Schemas that come back to themselves without going into the value: they would be applied for ever. */
  endless = false
  readonly #references: References
  readonly #open = new Map<SchemaObject, number>()

  constructor(references: References) {
    this.#references = references
  }

  /** `level` is how deep in the value we are, `width` how many parts lie on the way. False as soon as there are too many. */
  count(schema: SchemaObject, level = 0, width = 0): boolean {
    const before = this.#open.get(schema)
    if (before !== undefined) {
      this.recursive.add(schema)
      if (before === level) this.endless = true
      return true
    }
    if (++this.nodes > maxNodes) return false
    this.#open.set(schema, level)
    const parts = this.#parts(schema)
    this.width = Math.max(this.width, width + parts.length)
    const within = parts.every((part) => this.count(part.schema, part.inPlace ? level : level + 1, width + parts.length))
    this.#open.delete(schema)
    return within
  }

  #parts(schema: SchemaObject): readonly Pick<Child, 'schema' | 'inPlace'>[] {
    const applied = children(schema).filter((child) => child.applied)
    if (typeof schema.$ref !== 'string') return applied
    const target = this.#references.resolve(schema.$ref)
    return 'schema' in target && isSchemaObject(target.schema) ? [...applied, { schema: target.schema, inPlace: true }] : applied
  }
}

function draft07Anchor(id: unknown): string | undefined {
  return typeof id === 'string' && id.startsWith('#') ? id.slice(1) : undefined
}
