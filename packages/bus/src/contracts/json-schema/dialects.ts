import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { linearRegExp, patternFault } from './pattern.js'
import { countStep, stepKeyword } from './steps.js'
import { repeatedItem } from './unique-items.js'

export type Dialect = 'draft-07' | '2020-12'

/** Which dialect a `$schema` asks for; 2020-12 without one; null for one that is not read here. */
export function dialectOf(schema: unknown): Dialect | null {
  if (schema === undefined) return '2020-12'
  if (typeof schema !== 'string') return null
  const bare = schema.replace(/#$/, '').replace(/^http:/, 'https:')
  if (bare === metaSchemas['2020-12']) return '2020-12'
  return bare === 'https://json-schema.org/draft-07/schema' ? 'draft-07' : null
}

const metaSchemas = {
  'draft-07': 'http://json-schema.org/draft-07/schema#',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
} as const satisfies Record<Dialect, string>

/** What is wrong with the schema by the dialect's own schema. */
export function metaFaults(dialect: Dialect, schema: unknown): readonly ErrorObject[] {
  const ajv = instance(dialect, 'all', false)
  const meta = ajv.getSchema(metaSchemas[dialect])
  return meta === undefined || meta(schema) === true ? [] : (meta.errors ?? [])
}

/**
 * Compiles a schema that was found sound. `errors`: stop at the first (fast) or tell them all. `own`: the schema names a property such as
 * `constructor`, which every object seems to have unless one looks twice.
 */
export function compile(dialect: Dialect, schema: AnySchema, errors: 'first' | 'all', own: boolean): ValidateFunction {
  const ajv = instance(dialect, errors, own)
  try {
    return ajv.compile(schema)
  } finally {
    // Ajv would keep every schema for ever, also those that a reload has replaced.
    if (typeof schema === 'object') ajv.removeSchema(schema)
  }
}

/** The formats that a schema may name. */
export function knownFormats(): readonly string[] {
  return Object.keys(instance('2020-12', 'all', false).formats)
}

const instances = new Map<string, Ajv>()

function instance(dialect: Dialect, errors: 'first' | 'all', own: boolean): Ajv {
  const name = `${dialect} ${errors} ${own}`
  const known = instances.get(name)
  if (known !== undefined) return known
  const options: Options = {
    strict: false,
    allErrors: errors === 'all',
    ownProperties: own,
    validateSchema: false,
    logger: false,
    code: { regExp: linearRegExp },
  }
  const ajv = dialect === '2020-12' ? new Ajv2020(options) : new Ajv(options)
  addFormats.default(ajv)
  boundFormats(ajv)
  // The library's own compiles the text of a stranger in V8's engine, which a large one can make run out of memory.
  ajv.addFormat('regex', (text: string) => patternFault(text) === null)
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({ keyword: 'uniqueItems', type: 'array', schemaType: 'boolean', validate: uniqueItems })
  ajv.addKeyword({ keyword: stepKeyword, schemaType: 'boolean', errors: false, validate: countStep })
  instances.set(name, ajv)
  return ajv
}

/** Longer texts have none of the formats below. */
export const maxFormatLength = 8_192

/** Some of the library's expressions take quadratic time: `url` 5 s for 250,000 characters. Base64 alone may be long, and is linear. */
function boundFormats(ajv: Ajv): void {
  for (const [name, format] of Object.entries(ajv.formats)) {
    const test = typeof format === 'object' && !(format instanceof RegExp) && 'validate' in format ? format.validate : format
    if (name === 'byte') continue
    if (test instanceof RegExp) ajv.addFormat(name, (text: string) => text.length <= maxFormatLength && test.test(text))
    else if (typeof test === 'function' && !(typeof format === 'object' && 'type' in format && format.type === 'number')) {
      const check = test as (text: string) => boolean
      ajv.addFormat(name, (text: string) => text.length <= maxFormatLength && check(text))
    }
  }
}

interface Reporting {
  (wanted: boolean, items: readonly unknown[]): boolean
  errors?: Partial<ErrorObject>[]
}

const uniqueItems: Reporting = (wanted, items) => {
  const repeated = wanted ? repeatedItem(items) : null
  if (repeated === null) return true
  uniqueItems.errors = [{ keyword: 'uniqueItems', message: 'must not hold the same item twice', params: repeated }]
  return false
}
