/** Rows as the events of the other benchmarks make them: 1 KiB, 20,000 of them written again and again. */
export const rowsPerTransaction = 256
export const createPermits = 'CREATE TABLE permits (permitId INTEGER PRIMARY KEY, address TEXT, status TEXT, inspector TEXT, note TEXT)'

const rows = 20_000
const note = 'x'.repeat(920)

export function permitRow(number: number): {
  readonly permitId: number
  readonly address: string
  readonly status: string
  readonly inspector: string
  readonly note: string
} {
  // A step that is prime to the number of rows: neighbours in time are no neighbours in the table.
  const permitId = (number * 7_919) % rows
  return { permitId, address: `${permitId} Main Street`, status: `step ${number}`, inspector: 'J. Doe', note }
}
