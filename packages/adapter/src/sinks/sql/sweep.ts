import type { SqlConnection } from './dialect.js'

/** Marks looked at a mark written: with two, marks live at most about twice as long as they are remembered, however many come. */
const looksPerMark = 2
/** Marks written in a scope between two looks at it. */
const sweepEvery = 2_048

/** What was written in a scope since the last look, and how far that came. */
interface Round {
  written: number
  behind: string
}

/**
 * Takes away marks that are older than the sink remembers, a piece at a time, walking over each scope in its order: no
 * index on the time, which each mark would have to pay for.
 */
export class Sweep {
  readonly #rememberMs: number
  readonly #rounds = new Map<number, Round>()

  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs
  }

  /** Counts a mark that was written. */
  wrote(scope: number): void {
    const round = this.#rounds.get(scope)
    if (round === undefined) this.#rounds.set(scope, { written: 1, behind: '' })
    else round.written++
  }

  /** Call between transactions. @throws what the connection throws; what is not swept is swept later. */
  async sweep(connection: SqlConnection, now: number): Promise<void> {
    for (const [scope, round] of this.#rounds) {
      if (round.written < sweepEvery) continue
      const looks = round.written * looksPerMark
      round.written = 0
      const [seen] = await connection.rows(
        'SELECT max(entry) AS last, count(*) AS seen FROM (SELECT entry FROM hms_sync_progress WHERE scope = ? AND entry > ? ORDER BY entry LIMIT ?) AS piece',
        [scope, round.behind, looks],
      )
      const last = seen?.last
      if (typeof last === 'string')
        await connection.run('DELETE FROM hms_sync_progress WHERE scope = ? AND entry > ? AND entry <= ? AND applied < ?', [
          scope,
          round.behind,
          last,
          hourOf(now - this.#rememberMs),
        ])
      round.behind = Number(seen?.seen) < looks ? '' : String(last)
    }
  }
}

/** Hours since 1970: marks are remembered for hours at least, and a short number is a short row. */
export function hourOf(ms: number): number {
  return Math.floor(ms / 3_600_000)
}
