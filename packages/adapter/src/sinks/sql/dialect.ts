/** What a column holds, on its way into a statement. */
export type SqlValue = string | number | bigint | null

/**
 * What went wrong, as far as the sink must know. `busy`: someone else holds the lock, try again at once. `row`: this row
 * is not taken as it is. `schema`: table or columns are not as the sink needs them. `full`, `down`: the database cannot write now.
 */
export type SqlFault = 'busy' | 'row' | 'schema' | 'full' | 'down'

/** One connection. Placeholders are `?`, whatever the database's own are. Statements run one after the other; what they throw is read by the dialect's `faultOf`. */
export interface SqlConnection {
  /** Runs one statement and answers how many rows it changed. */
  run(sql: string, values: readonly SqlValue[]): Promise<number> | number
  rows(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> | readonly Row[]
  /** Runs several statements, within the transaction that is open. */
  script(sql: string): Promise<void> | void
  /** Is it still a connection to the database that its address names? A file may have been replaced. */
  current(): Promise<boolean> | boolean
  /** May be called twice. */
  close(): Promise<void> | void
}

export type Row = Readonly<Record<string, unknown>>

/** Rows of one form on their way into a table: columns by name, the key's among them. */
export interface UpsertForm {
  readonly table: string
  readonly key: readonly string[]
  readonly columns: readonly string[]
}

/** What one database differs in from another, as data and texts. Identifiers given to it are the table's own. */
export interface SqlDialect {
  readonly begin: string
  /** Values that one statement may carry. */
  readonly maxValues: number
  /** May one statement write the same row twice? */
  readonly repeatsRows: boolean
  /** Statements that create the tables of progress; repeatable. */
  readonly createProgress: readonly string[]
  quote(identifier: string): string
  /** Writes `count` rows: new ones whole, known ones in the columns of the form. */
  upsert(form: UpsertForm, count: number): string
  /** Deletes the rows of `count` keys. */
  remove(form: Omit<UpsertForm, 'columns'>, count: number): string
  /**
   * Claims `count` entries of progress, six values each: scope, entry, partition, offset, received, applied. Changes one row for
   * each that is newer than what was claimed before, none for a repeat.
   */
  claim(count: number): string
  /** The names of a table's columns, in rows with a field `name`; none when there is no such table. */
  columnsOf(table: string): { readonly sql: string; readonly values: readonly SqlValue[] }
  faultOf(error: unknown): SqlFault
  /** What the database said, on one line. */
  describe(error: unknown): string
}

/** How the sink gets at one database. */
export interface SqlTarget {
  readonly kind: string
  /** Where it is, for messages. Never a secret. */
  readonly name: string
  readonly dialect: SqlDialect
  /** SQL that makes the sink's table, where it is missing. */
  readonly create?: string
  /** @throws what `faultOf` reads, or an Error whose message says what to do. */
  connect(): Promise<SqlConnection>
}
