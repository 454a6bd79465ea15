import { SyncError } from '@hms-sync/client'

/** Where an event lies in a partition: ordered, below 2^63, not dense. */
export type Offset = bigint

/** Names one life of a topic: a topic deleted and made anew has another. Short, URL-safe. */
export type Incarnation = string

/** An event as it is appended. */
export interface LogEvent {
  /** Unique per (topic, source), chosen by the producer. */
  readonly id: string
  readonly source: string
  /** Unit of order; null: no order. */
  readonly key: string | null
  /** When the bus received it, ms since 1970. */
  readonly received: number
  /** A JSON object without line breaks: id, topic, type, version, key, source, time, traceparent, payload. Never re-serialised on its way through. */
  readonly body: string
  /** The size of the body in UTF-8, where it is known. */
  readonly bodyBytes?: number | undefined
}

/** An event as it lies in the log. */
export interface StoredEvent extends LogEvent {
  readonly offset: Offset
}

/** An event on its way out, encoded once for everybody who gets it. */
export interface OutgoingEvent {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly key: string | null
  readonly id: string
  readonly source: string
  /** ms since 1970. */
  readonly received: number
  /** The `WireEvent` as JSON text, without line breaks. */
  readonly wire: string
}

/** The size of the body in memory, nearly. */
export function sizeOf(event: LogEvent): number {
  return event.bodyBytes ?? event.body.length
}

/** An opaque position of one event: partition and offset. */
export function formatPosition(partition: number, offset: Offset): string {
  return `${partition}-${offset}`
}

/** A place between events over all partitions of a topic: for each, the next offset to read. */
export interface Cursor {
  readonly incarnation: Incarnation
  readonly next: readonly Offset[]
}

export function formatCursor(cursor: Cursor): string {
  return `${cursor.incarnation}.${cursor.next.join('.')}`
}

/** @throws SyncError `invalid_request` when the text is no cursor that this bus gave out. */
export function parseCursor(text: string): Cursor {
  const match = /^([A-Za-z0-9_-]{1,32})((?:\.\d{1,19}){1,1024})$/.exec(text)
  if (match === null) {
    throw new SyncError(
      'invalid_request',
      `"${text.slice(0, 60)}" is not a cursor. Give back the text of \`next\` or of an SSE \`id\` as it was received.`,
    )
  }
  return { incarnation: match[1]!, next: match[2]!.slice(1).split('.').map(BigInt) }
}
