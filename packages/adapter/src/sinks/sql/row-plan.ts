import type { Json } from '@hms-sync/client'
import type { SinkDelivery } from '../../sink.js'
import type { SqlValue } from './dialect.js'

/** Which rows a sink writes. */
export interface RowForm {
  readonly table: string
  /** The columns that name a row. */
  readonly key: readonly string[]
  /** The columns that are written; undefined: those that the value has. */
  readonly columns?: readonly string[]
  /** True when the event takes its row away. */
  readonly deletes: (delivery: SinkDelivery) => boolean
}

/** What becomes of one row: written, or taken away. */
export interface RowPlan {
  readonly kind: 'upsert' | 'delete'
  /** Names of columns as the mapping wrote them; a delete has those of the key. */
  readonly columns: readonly string[]
  readonly values: readonly SqlValue[]
  /** The row's key as text. */
  readonly rowKey: string
}

/** @throws RowRefused that says which column and why. */
export function planRow(form: RowForm, delivery: SinkDelivery): RowPlan {
  const { value } = delivery
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RowRefused(
      `map made ${describeJson(value)}, not a row; let it make an object of columns, such as { ${form.key.join(': …, ')}: … }`,
    )
  const fields = value as Readonly<Record<string, Json>>
  const key = form.key.map((column) => keyValue(column, ownField(fields, column)))
  const rowKey = key.length === 1 ? String(key[0]) : JSON.stringify(key)
  if (form.deletes(delivery)) return { kind: 'delete', columns: form.key, values: key, rowKey }
  const columns = form.columns ?? Object.keys(fields)
  return { kind: 'upsert', columns, values: columns.map((column) => columnValue(column, ownField(fields, column))), rowKey }
}

/** The event will never be a row as it is. */
export class RowRefused extends Error {}

function ownField(fields: Readonly<Record<string, Json>>, column: string): Json | undefined {
  return Object.hasOwn(fields, column) ? fields[column] : undefined
}

function keyValue(column: string, value: Json | undefined): string | number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return text(column, value)
  throw new RowRefused(`the key column "${column}" has ${describeJson(value)}; a key is a text or a number`)
}

function columnValue(column: string, value: Json | undefined): SqlValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number') return value
  return text(column, typeof value === 'string' ? value : JSON.stringify(value))
}

/** A NUL ends a text for many who read a database, and for some who write one: what was behind it would be lost unseen. */
function text(column: string, value: string): string {
  if (value.includes('\u0000'))
    throw new RowRefused(`the column "${column}" has a text with a NUL character, which databases cut or refuse`)
  return value
}

function describeJson(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing'
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
