import type { Value } from './driver.js'

/** One question to the reader thread: [statement, arguments, most rows, most bytes]. */
export type WireQuery = readonly [number, readonly Value[], number, number]

export interface ToReader {
  readonly sql: readonly (readonly [number, string])[]
  readonly queries: readonly WireQuery[]
}

/** Rows one after the other in one array, `width` values each: cheaper to hand over than an array a row. */
export interface Rows {
  readonly width: number
  readonly values: readonly Value[]
}

/** Questions are answered in the order in which they came. */
export type FromReader =
  | { readonly opened: true }
  | { readonly rows: Rows }
  | { readonly failed: { readonly disk: boolean; readonly message: string } }

export function rowCount(rows: Rows): number {
  return rows.values.length / Math.max(rows.width, 1)
}
