import type { Envelope, Json } from '@hms-sync/client'

/** One event at the door, parsed. */
export interface Incoming extends Omit<Envelope, 'payload'> {
  readonly payload: Json
  /**
   * The payload's JSON text as it was received, if the door has it at no cost: kept instead of writing the payload
   * again. Must parse to `payload`, hold no line breaks, and no more than the limits allow.
   */
  readonly text?: string
}
