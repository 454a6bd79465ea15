/** The parts of a JSON Schema that the configuration's schemas use. */
interface Schema {
  readonly description?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly write?: string
  readonly properties?: Readonly<Record<string, Schema>>
}

export interface ConfigurationParts {
  readonly topic: object
  readonly settings: object
  readonly sources: Readonly<Record<string, { readonly flag: string; readonly variable: string; readonly path: readonly string[] }>>
}

/** The page of `topics.yaml`, `hms-sync.yaml` and where settings come from, made of the schemas that validate them. */
export function configurationPage({ topic, settings, sources }: ConfigurationParts): string {
  return `# Configuration

A project is a folder: \`topics.yaml\`, \`hms-sync.yaml\` (optional), \`schemas/\`, \`adapters/\`, \`.env\` (optional). \`hms-sync check\` reads all
of it and lists every fault with file, line and column. An unknown key is a fault.

The JSON Schemas behind this page, for editors that complete YAML: [topics.yaml](topics.schema.json),
[hms-sync.yaml](hms-sync.schema.json).

## topics.yaml

Topics by name. A name has letters, digits, dots, dashes and underscores. A topic with nothing below it takes every default.

\`\`\`yaml
inspections.status:
  qos: exactly_once
  retention: 7d
  schema: v1
  producers: [hms-api, city-health]
  consumers: [city-health, ehr-clinic]
  key: inspectionId
\`\`\`

${keys(topic, 3)}
## hms-sync.yaml

Every value has a default, so the file may be absent.

${keys(settings, 3)}
## Where a setting comes from

The first of these that is there: the flag, the environment (the process's own, then \`.env\`), the file, the default. \`hms-sync doctor\`
prints each value and where it came from.

| setting | flag | variable | in hms-sync.yaml |
|---|---|---|---|
${Object.entries(sources)
  .map(([name, { flag, variable, path }]) => `| ${name} | \`${flag}\` | \`${variable}\` | \`${path.join('.')}\` |`)
  .join('\n')}

Clients (the SDK and the commands) read \`EVENT_BUS_URL\` (the bus, never a broker) and, in the SDK, \`HMS_SYNC_NAME\` (the name, which is the
default group).
`
}

function keys(schema: Schema, level: number, path = ''): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, child]) => {
      const full = path === '' ? name : `${path}.${name}`
      if (child.properties !== undefined) return keys(child, level, full)
      return `${'#'.repeat(level)} ${full}\n\n${child.description ?? ''}\n\n${facts(child)}\n`
    })
    .join('\n')
}

function facts(schema: Schema): string {
  const how = schema.write === undefined ? [] : [schema.write]
  const standard =
    schema.default === undefined || schema.default === '' ? [] : [`Default: \`${JSON.stringify(schema.default).replaceAll('"', '')}\`.`]
  const example = schema.examples === undefined ? [] : [`Example: ${schema.examples.map((value) => `\`${String(value)}\``).join(', ')}.`]
  return [...how, ...standard, ...example].join(' ')
}
