import type { Envelope, Json } from '@hms-sync/client'

/** One event at the door, parsed. */
export interface Incoming extends Omit<Envelope, 'payload'> {
  readonly payload: Json
  /**
   * The payload's JSON text as it was received, if the door has it at no cost: kept instead of writing the payload
   * again. Must parse to `payload`, hold no line breaks, and no more than the limits allow.
   */
  readonly text?: string | null
}

/** Gives a parsed envelope, which nobody else holds, the payload's text as it was received. */
export function withText(envelope: Incoming, text: string | null | undefined): Incoming {
  const kept: { -readonly [Field in keyof Incoming]: Incoming[Field] } = envelope
  kept.text = text ?? null
  return kept
}
