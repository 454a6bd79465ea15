import type { SqlConnection } from './dialect.js'

/** Marks looked at a mark written: with two, marks live at most about twice as long as they are remembered, however many come. */
const looksPerMark = 2
/** Written marks between two looks. */
const sweepEvery = 2_048

/**
 * Takes away marks that are older than the sink remembers, a piece at a time, walking over its own marks in their order: no
 * index on the time, which each mark would have to pay for.
 */
export class Sweep {
  readonly #rememberMs: number
  #written = 0
  #behind = ''

  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs
  }

  /** Call after each transaction. @throws what the connection throws; what is not swept is swept later. */
  async after(
    written: number,
    { connection, prefix, now }: { readonly connection: SqlConnection; readonly prefix: string; readonly now: number },
  ): Promise<void> {
    this.#written += written
    if (this.#written < sweepEvery) return
    const looks = this.#written * looksPerMark
    this.#written = 0
    const from = this.#behind.startsWith(prefix) ? this.#behind : prefix
    const seen = await connection.rows(
      'SELECT max(entry) AS last, count(*) AS seen FROM (SELECT entry FROM hms_sync_progress WHERE entry > ? AND entry < ? ORDER BY entry LIMIT ?)',
      [from, `${prefix}\u{10FFFF}`, looks],
    )
    const { last, seen: count } = seen[0] ?? {}
    if (typeof last !== 'string') {
      this.#behind = ''
      return
    }
    await connection.run('DELETE FROM hms_sync_progress WHERE entry > ? AND entry <= ? AND applied < ?', [
      from,
      last,
      now - this.#rememberMs,
    ])
    this.#behind = Number(count) < looks ? '' : last
  }
}
