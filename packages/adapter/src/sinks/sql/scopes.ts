import type { SqlConnection } from './dialect.js'

/** The numbers that this database gave to scopes. One a connection; forgets them when a transaction that made one is rolled back. */
export class Scopes {
  readonly #numbers = new Map<string, number>()

  /** Call within the transaction. */
  async numberOf(scope: string, connection: SqlConnection): Promise<number> {
    const known = this.#numbers.get(scope)
    if (known !== undefined) return known
    await connection.run('INSERT INTO hms_sync_scope (name) VALUES (?) ON CONFLICT (name) DO NOTHING', [scope])
    const [row] = await connection.rows('SELECT id FROM hms_sync_scope WHERE name = ?', [scope])
    const number = Number(row?.id)
    this.#numbers.set(scope, number)
    return number
  }

  forget(): void {
    this.#numbers.clear()
  }
}
