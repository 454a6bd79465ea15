import type { Fault } from '@hms-sync/client'
import type { ErrorObject } from 'ajv'

/** More faults of one payload are not told. */
export const maxFaults = 100

/** What ajv found, for the producer: a pointer to the very value (or to where it should be) and a plain sentence. At most 100. */
export function toFaults(errors: readonly ErrorObject[]): readonly Fault[] {
  const faults: Fault[] = []
  const told = new Set<string>()
  for (const error of errors) {
    if (faults.length === maxFaults) break
    // What `if` chose complains for itself.
    if (error.keyword === 'if') continue
    const fault = toFault(error)
    const text = `${fault.pointer} ${fault.message}`
    if (told.has(text)) continue
    told.add(text)
    faults.push(fault)
  }
  return faults
}

function toFault(error: ErrorObject): Fault {
  const name = namedProperty(error)
  const path = error.instancePath + (name === undefined ? '' : `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  return { pointer: cut(path, 500), message: cut(messageOf(error), 300) }
}

function namedProperty({ keyword, params, propertyName }: ErrorObject): string | undefined {
  if (propertyName !== undefined) return propertyName
  if (keyword === 'required' || keyword === 'dependentRequired' || keyword === 'dependencies') return params.missingProperty
  if (keyword === 'additionalProperties') return params.additionalProperty
  if (keyword === 'unevaluatedProperties') return params.unevaluatedProperty
  if (keyword === 'propertyNames') return params.propertyName
  return undefined
}

function messageOf(error: ErrorObject): string {
  const { keyword, params, message = '', propertyName } = error
  const name = quoted(namedProperty(error))
  if (propertyName !== undefined) return `the name ${name} ${plain(message)}`
  switch (keyword) {
    case 'required':
      return `${name} is missing`
    case 'dependentRequired':
    case 'dependencies':
      return `${name} is missing: it must come with ${quoted(params.property)}`
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return `${name} is not allowed`
    case 'propertyNames':
      return `the name ${name} is not allowed`
    case 'type':
      return `must be ${[params.type].flat().join(' or ')}`
    case 'enum':
      return `must be one of ${params.allowedValues.map((value: unknown) => quoted(value)).join(', ')}`
    case 'const':
      return `must be ${quoted(params.allowedValue)}`
    case 'anyOf':
      return 'must match at least one of the alternatives of the schema'
    case 'oneOf':
      return 'must match exactly one of the alternatives of the schema'
    case 'not':
      return 'must not match what the schema excludes'
    case 'false schema':
      return 'is not allowed here'
    case 'uniqueItems':
      return `must not hold the same item twice (items ${params.first} and ${params.again})`
    default:
      return plain(message)
  }
}

function plain(message: string): string {
  return message.replaceAll('NOT', 'not')
}

function quoted(value: unknown): string {
  return cut(JSON.stringify(value) ?? '', 80)
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text
}
