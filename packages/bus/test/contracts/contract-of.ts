import type { Contract } from '#dist/contracts/contract.js'
import { compileJsonSchema } from '#dist/contracts/json-schema/compile.js'
import { renderFault } from '#dist/registry/config-error.js'

/** The contract of a schema that must be sound. */
export function contractOf(schema: unknown): Contract {
  const result = compileJsonSchema('s.json', typeof schema === 'string' ? schema : JSON.stringify(schema))
  if ('faults' in result) throw new Error(result.faults.map(renderFault).join('\n'))
  return result.contract
}

/** The rendered faults of a schema file that must have some. */
export function schemaFaults(schema: unknown): readonly string[] {
  const result = compileJsonSchema('s.json', typeof schema === 'string' ? schema : JSON.stringify(schema, null, 2))
  return 'faults' in result ? result.faults.map(renderFault) : []
}

export const draft07 = 'http://json-schema.org/draft-07/schema#'
