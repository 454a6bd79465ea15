import type { SqlValue } from './dialect.js'
import type { RowForm, RowPlan } from './row-plan.js'

const maxValueCharacters = 500

/** What would be written, for a person: not the statement, whose values travel beside it. */
export function describeRow(target: string, { table, key }: RowForm, { kind, columns, values, rowKey }: RowPlan): string {
  const head = kind === 'delete' ? `DELETE FROM ${table}` : `UPSERT INTO ${table}`
  const where = `key (${key.join(', ')}) ${rowKey}`
  const rows = columns.map((column, i) => `  ${column}: ${shown(values[i] ?? null)}`)
  return [`${target}`, `${head}, ${where}`, ...rows].join('\n')
}

function shown(value: SqlValue): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > maxValueCharacters ? `${text.slice(0, maxValueCharacters)}…` : text
}
