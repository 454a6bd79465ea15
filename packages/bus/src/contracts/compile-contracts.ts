import { basename, dirname } from 'node:path'
import type { ConfigFault, SchemaFile, TopicConfig } from '../registry/config.js'
import { ConfigError } from '../registry/config-error.js'
import type { Contract } from './contract.js'
import { compileJsonSchema } from './json-schema/compile.js'

/**
 * The contract of each version that the topic has a schema file for; empty for an unvalidated topic. A file is compiled once, however
 * often this is called.
 * @throws ConfigError with every fault of every version.
 */
export function compileContracts(topic: Pick<TopicConfig, 'schemas'>): ReadonlyMap<number, Contract> {
  const faults = contractFaults([topic])
  if (faults.length > 0) throw new ConfigError(faults)
  return new Map(topic.schemas.flatMap((schema) => compiled(schema).contract.map((contract) => [schema.version, contract] as const)))
}

/** What is wrong with the schema files of these topics, all at once. */
export function contractFaults(topics: readonly Pick<TopicConfig, 'schemas'>[]): readonly ConfigFault[] {
  return topics.flatMap((topic) => topic.schemas.flatMap((schema) => compiled(schema).faults))
}

interface Compiled {
  /** One, or none when there are faults. */
  readonly contract: readonly Contract[]
  readonly faults: readonly ConfigFault[]
}

const cache = new WeakMap<SchemaFile, Compiled>()

function compiled(schema: SchemaFile): Compiled {
  const known = cache.get(schema)
  if (known !== undefined) return known
  const file = `${basename(dirname(schema.path))}/${basename(schema.path)}`
  const result = compileJsonSchema(file, schema.text)
  const entry: Compiled = 'faults' in result ? { contract: [], faults: result.faults } : { contract: [result.contract], faults: [] }
  cache.set(schema, entry)
  return entry
}
