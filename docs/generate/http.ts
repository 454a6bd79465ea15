interface Operation {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly description?: string
    readonly required?: boolean
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>>
}

export interface OpenApi {
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** The page of HTTP addresses, made of the same document that a bus serves as `/openapi.json`. */
export function httpPage({ tags, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name))
    return `## ${name[0]!.toUpperCase()}${name.slice(1)}\n\n${description}\n\n${own.map(section).join('\n')}`
  })
  return `# HTTP

The bus listens on \`http://127.0.0.1:4280\`. A running bus serves this reference with every field at \`/docs\` and as OpenAPI 3.1 at
\`/openapi.json\`. Errors are \`application/problem+json\` with a stable \`code\`: see [errors](errors.md). Durations are written \`500ms\`, \`10s\`,
\`10m\`, \`2h\`, \`7d\`.

${sections.join('\n')}`
}

function section({ path, method, operation }: { readonly path: string; readonly method: string; readonly operation: Operation }): string {
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'path')
  return [
    `### ${method.toUpperCase()} ${path}`,
    `${sentence(operation.summary)}${operation.description === undefined ? '' : ` ${operation.description}`}`,
    ...(parameters.length === 0
      ? []
      : [
          table(
            ['parameter', 'in', ''],
            parameters.map(({ name, in: place, description }) => [`\`${name}\``, place, description ?? '']),
          ),
        ]),
    ...(operation.requestBody === undefined ? [] : [`Body: ${types(operation.requestBody.content)}.`]),
    table(
      ['status', '', 'content'],
      Object.entries(operation.responses).map(([status, { description, content }]) => [status, description, types(content ?? {})]),
    ),
    '',
  ].join('\n\n')
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

function types(content: Readonly<Record<string, unknown>>): string {
  return Object.keys(content)
    .map((type) => `\`${type}\``)
    .join(', ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
