import type { Value } from '../../sqlite/driver.js'
import type { Reader } from '../../sqlite/reader.js'

/** Rows in one answer at most. */
export const pageRows = 512
const pageBytes = 1024 * 1024

/** Questions of the store to the reader thread, a bounded page at a time. */
export class Pages {
  readonly #reader: Reader

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** The first row, or null. */
  async one(statement: number, args: readonly Value[]): Promise<readonly Value[] | null> {
    const { width, values } = await this.#reader.ask({ statement, args, maxRows: 1, maxBytes: pageBytes, caller: this })
    return values.length === 0 ? null : values.slice(0, width)
  }

  /** All rows, at most `limit`; the first column of the last row of a page is where the next page goes on: the statement's last argument. */
  async *all(
    statement: number,
    args: readonly Value[],
    start: Value,
    limit = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly Value[], void, undefined> {
    for (let after = start, left = limit; left > 0; ) {
      const { width, values } = await this.#reader.ask({
        statement,
        args: [...args, after],
        maxRows: Math.min(pageRows, left),
        maxBytes: pageBytes,
        caller: this,
      })
      if (values.length === 0) return
      for (let i = 0; i < values.length; i += width) {
        const row = values.slice(i, i + width)
        after = row[0]!
        left--
        yield row
      }
    }
  }
}
