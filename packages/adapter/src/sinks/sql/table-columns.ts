import { unknownKey } from '../../faults.js'
import type { SqlConnection, SqlDialect, SqlTarget } from './dialect.js'
import { RowRefused } from './row-plan.js'

const maxSeen = 8

/**
 * The columns that a table really has. What a mapping names is looked up here and the table's own spelling is used, so
 * that no text of an event ever becomes part of a statement.
 */
export class TableColumns {
  readonly table: string
  readonly #own: ReadonlyMap<string, string>
  /** Events have a few forms: the key's own, and one a topic. */
  #seen: readonly { readonly names: readonly string[]; readonly own: readonly string[] }[] = []

  private constructor(table: string, names: readonly string[]) {
    this.table = table
    this.#own = new Map(names.map((name) => [name.toLowerCase(), name]))
  }

  /** @throws MissingTable */
  static async read(connection: SqlConnection, dialect: SqlDialect, table: string): Promise<TableColumns> {
    const { sql, values } = dialect.columnsOf(table)
    const rows = await connection.rows(sql, values)
    if (rows.length === 0) throw new MissingTable(`there is no table "${table}"`)
    return new TableColumns(
      table,
      rows.map(({ name }) => String(name)),
    )
  }

  /** Makes the table where it is missing and `create` says how. Two that come at once make it once. */
  static async make(connection: SqlConnection, { dialect, create }: SqlTarget, table: string): Promise<void> {
    const { sql, values } = dialect.columnsOf(table)
    const isMissing = async (): Promise<boolean> => (await connection.rows(sql, values)).length === 0
    if (create === undefined || !(await isMissing())) return
    await connection.run(dialect.begin, [])
    try {
      if (await isMissing()) await connection.script(create)
      await connection.run('COMMIT', [])
    } catch (error) {
      await connection.run('ROLLBACK', [])
      throw error
    }
  }

  has(name: string): boolean {
    return this.#own.has(name.toLowerCase())
  }

  /** The table's spelling of these names. The list of a form that was seen before is the same list. @throws RowRefused */
  ownAll(names: readonly string[]): readonly string[] {
    for (const form of this.#seen)
      if (form.names.length === names.length && form.names.every((name, i) => name === names[i])) return form.own
    const own = names.map((name) => this.#ownName(name))
    if (new Set(own).size < own.length) throw new RowRefused(`the mapping writes a column of "${this.table}" twice: ${names.join(', ')}`)
    this.#seen = [{ names, own }, ...this.#seen.slice(0, maxSeen - 1)]
    return own
  }

  #ownName(name: string): string {
    const own = this.#own.get(name.toLowerCase())
    if (own === undefined)
      throw new RowRefused(`the table "${this.table}" has no column "${name.slice(0, 100)}": ${unknownKey(name, [...this.#own.values()])}`)
    return own
  }
}

export class MissingTable extends Error {}
