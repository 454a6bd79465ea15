import type { SchemaDoc } from './route.js'

export const text: SchemaDoc = { type: 'string' }
export const count: SchemaDoc = { type: 'integer', minimum: 0 }
export const time: SchemaDoc = { type: 'string', format: 'date-time' }
export const duration: SchemaDoc = { type: 'string', pattern: '^\\d{1,12}(ms|s|m|h|d)$', examples: ['500ms', '10s', '10m', '2h', '7d'] }

export function object(properties: Readonly<Record<string, SchemaDoc>>, optional: readonly string[] = [], rest: SchemaDoc = {}): SchemaDoc {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), ...rest }
}

export function list(items: SchemaDoc, rest: SchemaDoc = {}): SchemaDoc {
  return { type: 'array', items, ...rest }
}

export function or(first: SchemaDoc, second: string): SchemaDoc {
  return { anyOf: [first, { type: second }] }
}
