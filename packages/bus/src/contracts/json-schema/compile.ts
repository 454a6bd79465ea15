import { LocatedYaml, type Path } from '@hms-sync/adapter/yaml'
import type { AnySchema, ErrorObject } from 'ajv'
import { tooDeepAt } from '../../json.js'
import { locateJsonFault } from '../../json-fault.js'
import type { ConfigFault } from '../../registry/config.js'
import { maxSchemaBytes } from '../../registry/schema-bytes.js'
import type { Contract } from '../contract.js'
import { compile, type Dialect, dialectOf, metaFaults } from './dialects.js'
import { type Inspected, inspect, type Problem } from './inspect.js'
import { JsonSchemaContract } from './json-schema-contract.js'
import { toFaults } from './messages.js'
import { stepKeyword } from './steps.js'
import { isSchemaObject, type SchemaObject } from './subschemas.js'

const maxDepth = 32

/** The contract that a JSON Schema (2020-12, or draft-07 by its `$schema`) makes, or every fault of the file. `file` is the name to show. Never throws. */
export function compileJsonSchema(
  file: string,
  text: string,
): { readonly contract: Contract } | { readonly faults: readonly ConfigFault[] } {
  const syntax = syntaxFault(file, text)
  if (syntax !== null) return { faults: [syntax] }
  const root: unknown = JSON.parse(text)
  const problems = problemsOf(root)
  if ('found' in problems) {
    // JSON is YAML, whose parser knows where things stand; it runs for files with faults only.
    const yaml = new LocatedYaml(file, text)
    return { faults: problems.found.map(({ path, message, at }) => yaml.faultAt(path, message, at)) }
  }
  try {
    return { contract: contractOf(root, problems.dialect, problems.inspected) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason'
    return { faults: [new LocatedYaml(file, text).faultAt([], `This schema cannot be compiled: ${reason}.`)] }
  }
}

function syntaxFault(file: string, text: string): ConfigFault | null {
  if (Buffer.byteLength(text) > maxSchemaBytes) {
    return { file, line: 1, column: 1, text: '', message: `The file is larger than ${maxSchemaBytes / 1_024} KiB. Make it smaller.` }
  }
  const deep = tooDeepAt(text, maxDepth)
  if (deep !== -1)
    return {
      file,
      ...placeOf(text, deep),
      text: text[deep] ?? '',
      message: `This is nested more than ${maxDepth} levels deep. Move inner parts to $defs.`,
    }
  try {
    JSON.parse(text)
    return null
  } catch {
    const { line, column, expected, offset } = locateJsonFault(text)
    return { file, line, column, text: text[offset] ?? '', message: `This is not JSON: ${expected}.` }
  }
}

function problemsOf(
  root: unknown,
): { readonly found: readonly Problem[] } | { readonly dialect: Dialect; readonly inspected: Inspected | null } {
  const declared = isSchemaObject(root) ? root.$schema : undefined
  const dialect = dialectOf(declared)
  if (dialect === null) {
    const message =
      'This version reads JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema) and draft-07 (http://json-schema.org/draft-07/schema#). Write one of these.'
    return { found: [{ path: ['$schema'], message }] }
  }
  const meta = toFaults(metaFaults(dialect, root).filter((error) => !isEcho(error)))
  if (meta.length > 0) {
    const problems = meta.map(({ pointer, message }) => ({
      path: pathOf(pointer),
      message: `This is not ${dialect} JSON Schema: it ${message}.`,
    }))
    // Where one of several forms may stand, each complains; the first is the plainest.
    return { found: problems.filter(({ path }, i) => problems.findIndex((other) => other.path.join('/') === path.join('/')) === i) }
  }
  const inspected = isSchemaObject(root) ? inspect(root) : null
  return inspected !== null && inspected.faults.length > 0 ? { found: inspected.faults } : { dialect, inspected }
}

/** Errors that repeat what their parts say, and those on patterns, which `inspect` explains better. */
function isEcho({ keyword, params }: ErrorObject): boolean {
  return (
    ['anyOf', 'allOf', '$ref', '$dynamicRef', 'if', 'propertyNames'].includes(keyword) ||
    (keyword === 'format' && params.format === 'regex')
  )
}

function contractOf(root: unknown, dialect: Dialect, inspected: Inspected | null): Contract {
  for (const schema of inspected?.recursive ?? []) schema[stepKeyword] = true
  if (isSchemaObject(root)) {
    // Ajv would keep the id and refuse the next version of the same schema; the dialect is settled.
    delete root.$id
    delete root.$schema
  }
  const schema = root as AnySchema & SchemaObject
  const own = inspected?.namesInherited ?? false
  return new JsonSchemaContract({
    nodes: inspected?.nodes ?? 1,
    recursive: (inspected?.recursive.size ?? 0) > 0,
    first: compile(dialect, schema, 'first', own),
    // Many topics never see a wrong payload: the slower validator is made when one comes.
    all: () => compile(dialect, schema, 'all', own),
  })
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function pathOf(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
