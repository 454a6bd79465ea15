/**
 * What the main thread and an adapter's worker say to each other. Many deliveries and many outcomes go in one message,
 * flat: the cost of a message is what the main thread pays for a delivery.
 */
import type { Effect, TopicChoice } from '@hms-sync/adapter/host'
import type { AdapterTest, AttemptReport, DeliveryPolicy, WireOutcome } from '@hms-sync/client'

/** `id` names an adapter within its worker. A slot names a delivery within its adapter while it is under way. */
export type ToWorker =
  | { readonly op: 'load'; readonly id: number; readonly name: string; readonly path: string }
  | { readonly op: 'unload'; readonly id: number }
  /** What `env:NAME` stands for from now on. */
  | { readonly op: 'environment'; readonly values: Readonly<Record<string, string>> }
  /** In turn: slot, attempt, the event as JSON text. */
  | { readonly op: 'deliver'; readonly id: number; readonly items: readonly (number | string)[] }
  /** `ref` comes back with the answer. */
  | { readonly op: 'test'; readonly id: number; readonly ref: number; readonly events: readonly string[] }

/** What the main thread needs to know of an adapter that was loaded. */
export interface Loaded {
  /** Of each sink. */
  readonly topics: readonly TopicChoice[]
  readonly effects: readonly Effect[]
  readonly target: string
  /** Events that it can have at work at once. */
  readonly concurrency: number
  /** How long the bus leaves a delivery with it. */
  readonly leaseMs: number
  readonly policy: DeliveryPolicy
  readonly acceptDuplicates: boolean
}

export type FromWorker =
  | { readonly op: 'loaded'; readonly id: number; readonly adapter: Loaded }
  | { readonly op: 'failed'; readonly id: number; readonly reason: string }
  | {
      readonly op: 'outcomes'
      readonly id: number
      /** What was applied, in turn: slot, milliseconds, status (0: none), request ('': none, 0: that of the one before). */
      readonly done: readonly (number | string)[]
      /** The slots of what was for no sink. */
      readonly filtered: readonly number[]
      readonly others: readonly (readonly [number, WireOutcome])[]
    }
  | { readonly op: 'tested'; readonly ref: number; readonly tests: readonly AdapterTest[] }

/** Calls `take` for each delivery that was applied. */
export function eachDone(done: readonly (number | string)[], take: (slot: number, attempt: AttemptReport) => void): void {
  let request: string | undefined
  for (let i = 0; i + 3 < done.length; i += 4) {
    const [durationMs, status, asked] = [done[i + 1] as number, done[i + 2] as number, done[i + 3]]
    if (asked !== 0) request = asked === '' ? undefined : (asked as string)
    take(done[i] as number, reportOf(durationMs, status, request))
  }
}

function reportOf(durationMs: number, status: number, request: string | undefined): AttemptReport {
  if (request === undefined) return status === 0 ? { durationMs } : { durationMs, status }
  return status === 0 ? { durationMs, request } : { durationMs, status, request }
}

/** Given to a worker when it starts. */
export interface WorkerSetup {
  /** 32-bit integers: beats counted, id and slot + 1 of the delivery whose map runs now (0: none), and 1 while a sink holds the thread. */
  readonly pulse: Int32Array<SharedArrayBuffer>
  readonly beatMs: number
}

export const pulseLength = 4
export const beats = 0
export const mappingAdapter = 1
export const mappingSlot = 2
export const blocked = 3

/** A delivery as one number: what the thread's mapping is marked with. */
export function markOf(id: number, slot: number): number {
  return id * slotsPerAdapter + slot + 1
}

/** Writes a mark where it can be read while the worker hangs. */
export function writeMark(pulse: Int32Array, mark: number): void {
  Atomics.store(pulse, mappingAdapter, Math.floor(mark / slotsPerAdapter))
  Atomics.store(pulse, mappingSlot, mark % slotsPerAdapter)
}

/** More slots than an adapter ever has under way. */
const slotsPerAdapter = 2 ** 24
