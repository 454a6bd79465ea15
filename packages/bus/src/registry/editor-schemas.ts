import { settingsSchema } from './settings-schema.js'
import { topicsFileSchema } from './topics-schema.js'

/**
 * The JSON Schemas (2020-12) of the project's files by the name of the file they describe: for editors' completion, and what the reference
 * page is made of. Each key has `description`, and `default` or `examples` where there are some; `write` says how to write it.
 */
export function editorSchemas(): Readonly<Record<'topics.yaml' | 'hms-sync.yaml', object>> {
  return structuredClone({ 'topics.yaml': topicsFileSchema, 'hms-sync.yaml': settingsSchema })
}
