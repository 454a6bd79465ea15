import type { Row, SqlDialect } from './dialect.js'
import type { RowForm } from './row-plan.js'

const rowsAtOnce = 500

export interface TableReading {
  readonly dialect: SqlDialect
  readonly form: RowForm
  readonly page: (sql: string, values: readonly (string | number)[]) => Promise<readonly Row[]>
}

/** Every row in the order of its key, a page at a time. Keys of several columns are JSON lists. @throws what the database throws. */
export async function* readTable(
  { dialect, form, page }: TableReading,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<{ readonly key: string; readonly value: unknown }> {
  const quoted = form.key.map((name) => dialect.quote(name))
  const columns =
    form.columns === undefined ? '*' : [...new Set([...form.key, ...form.columns])].map((name) => dialect.quote(name)).join(', ')
  const from = `SELECT ${columns} FROM ${dialect.quote(form.table)}`
  const order = `ORDER BY ${quoted.join(', ')} LIMIT ${rowsAtOnce}`
  const behind = `WHERE (${quoted.join(', ')}) > (${quoted.map(() => '?').join(', ')})`
  let last = after === null ? null : splitKey(after, form.key.length)
  while (!signal.aborted) {
    const rows: readonly Row[] = last === null ? await page(`${from} ${order}`, []) : await page(`${from} ${behind} ${order}`, last)
    for (const row of rows) {
      if (signal.aborted) return
      last = form.key.map((name) => fieldOf(row, name))
      yield { key: last.length === 1 ? String(last[0]) : JSON.stringify(last), value: { ...row } }
    }
    if (rows.length < rowsAtOnce) return
  }
}

/** The row has the table's own spelling of the name. */
function fieldOf(row: Row, name: string): string | number {
  if (name in row) return row[name] as string | number
  const own = Object.keys(row).find((one) => one.toLowerCase() === name.toLowerCase())
  return row[own!] as string | number
}

function splitKey(key: string, columns: number): readonly (string | number)[] {
  return columns === 1 ? [key] : (JSON.parse(key) as readonly (string | number)[])
}
