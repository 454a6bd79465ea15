/**
 * What the main thread and an adapter's worker say to each other. Many deliveries and many outcomes go in one message,
 * flat: the cost of a message is what the main thread pays for a delivery.
 */
import type { TopicChoice } from '@hms-sync/adapter/host'
import type { WireOutcome } from '@hms-sync/client'

/** `id` names an adapter within its worker. A slot names a delivery within its adapter while it is under way. */
export type ToWorker =
  | { readonly op: 'load'; readonly id: number; readonly name: string; readonly path: string }
  | { readonly op: 'unload'; readonly id: number }
  /** In turn: slot, attempt, the event as JSON text. */
  | { readonly op: 'deliver'; readonly id: number; readonly items: readonly (number | string)[] }

/** What the main thread needs to know of an adapter that was loaded. */
export interface Loaded {
  readonly topics: TopicChoice
  readonly target: string
  readonly concurrency: number
  /** How long the bus leaves a delivery with it. */
  readonly leaseMs: number
}

export type FromWorker =
  | { readonly op: 'loaded'; readonly id: number; readonly adapter: Loaded }
  | { readonly op: 'failed'; readonly id: number; readonly reason: string }
  /** The slots of what is done, and slot and outcome of the rest. */
  | {
      readonly op: 'outcomes'
      readonly id: number
      readonly done: readonly number[]
      readonly others: readonly (readonly [number, WireOutcome])[]
    }

/** Given to a worker when it starts. */
export interface WorkerSetup {
  /** Two 32-bit integers and one more: beats counted, and id and slot + 1 of the delivery whose map runs now (0: none). */
  readonly pulse: Int32Array<SharedArrayBuffer>
  readonly beatMs: number
}

export const pulseLength = 3
export const beats = 0
export const mappingAdapter = 1
export const mappingSlot = 2
