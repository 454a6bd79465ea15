/**
 * What is known of an open part, in a hidden file beside it: a first line about the part, then a line for each append, with
 * the length that the part has behind it. Only what such a line vouches for is in the part; the rest is cut off.
 */
export interface PartHead {
  /** The number that its file will have. */
  readonly number: number
  /** Format and columns: lines of another form do not go into this part. */
  readonly form: string
}

export interface PartRecord {
  /** Bytes that are written and synced. */
  readonly end: number
  readonly events: number
  /** When its first event came, ms since 1970; null while it has none. */
  readonly firstAt: number | null
  /** Idempotency keys of the events of this append. */
  readonly ids: readonly string[]
}

export interface PartState extends Omit<PartRecord, 'ids'> {
  readonly head: PartHead
  /** In the order they came; of earlier parts, too. */
  readonly ids: readonly string[]
}

const version = 1

export function headText(head: PartHead): string {
  return `${JSON.stringify({ v: version, ...head })}\n`
}

export function recordText(record: PartRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** Reads what `headText` and `recordText` wrote; a last line that is not whole counts for nothing. Null when it is no such text. */
export function readPartState(text: string): PartState | null {
  const lines = text.split('\n').slice(0, -1)
  const head = parse(lines[0]) as (PartHead & { readonly v?: number }) | null
  if (head?.v !== version) return null
  const state = { head: { number: head.number, form: head.form }, end: 0, events: 0, firstAt: null as number | null, ids: [] as string[] }
  for (const line of lines.slice(1)) {
    const record = parse(line) as PartRecord | null
    if (record === null) break
    state.end = record.end
    state.events = record.events
    state.firstAt = record.firstAt
    for (const id of record.ids) state.ids.push(id)
  }
  return state
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '')
  } catch {
    return null
  }
}
