import { hash } from 'node:crypto'
import type { WireEvent } from '@hms-sync/client'
import type { SinkDelivery } from '../../sink.js'

/**
 * Where in the table `hms_sync_progress` a delivery leaves its mark, and the mark itself.
 *
 * An event with a key marks (adapter, table, topic, key, row) with its position: positions of one key are ordered, so
 * what is not newer than the mark is a repeat, or older than what the row holds. Other keys have marks of their own, so
 * nothing slow is skipped; a row that no event wrote yet has none, so a redriven event gets through. One mark a row,
 * however many events. An event without a key has no order: it marks its own id. Marks that are older than the sink
 * remembers are swept.
 */
export interface ProgressMark {
  /** Adapter, table and topic. The database knows it by a number, so that a mark is short. */
  readonly scope: string
  readonly entry: string
  readonly partition: number
  readonly offset: number | bigint
  /** When the bus received the event, ms since 1970: tells the events of a topic made anew from those before. */
  readonly received: number
}

/** The longest part of a name that is kept as it is; longer ones are kept as a hash. */
const maxPart = 200

export function progressMark(table: string, { event, idempotencyKey, adapter }: SinkDelivery, rowKey: string): ProgressMark {
  const received = Date.parse(event.received)
  const scope = `${part(adapter ?? '')}\t${part(table)}\t${part(event.topic)}`
  const position = event.key === undefined ? null : readPosition(event)
  if (position === null) return { scope, entry: `\t${idempotencyKey}`, partition: 0, offset: 0, received }
  const key = part(event.key!)
  const row = part(rowKey)
  return { scope, entry: row === key ? key : `${key}\t${row}`, ...position, received }
}

/** `PARTITION-OFFSET`; null for a position of another form, which has no order that is known here. */
function readPosition({ position }: WireEvent): { readonly partition: number; readonly offset: number | bigint } | null {
  const dash = position.indexOf('-')
  const partition = Number(position.slice(0, dash))
  const offset = Number(position.slice(dash + 1))
  if (dash <= 0 || !Number.isInteger(partition) || !Number.isInteger(offset) || offset < 0) return null
  return { partition, offset: Number.isSafeInteger(offset) ? offset : BigInt(position.slice(dash + 1)) }
}

/** A part of a name: never empty, without the tab that parts them, and of bounded length. */
function part(text: string): string {
  if (text.length > maxPart) return `sha256:${hash('sha256', text, 'base64url')}`
  if (text === '') return '\\e'
  return /[\t\\\0]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\0', '\\0') : text
}
