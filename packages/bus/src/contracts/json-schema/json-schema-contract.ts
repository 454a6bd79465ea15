import type { Fault, Json } from '@hms-sync/client'
import type { ValidateFunction } from 'ajv'
import type { Contract } from '../contract.js'
import { toFaults } from './messages.js'
import { StepsSpent, withinSteps } from './steps.js'

/** Schemas held against values in one validation, at most: about a tenth of a second. */
const maxWork = 50_000_000
/** Beyond this many only the first fault is looked for, since each may be one. */
const maxWorkForAll = 200_000
/** How often a schema that contains itself is applied, at most; in the look for every fault, whose steps cost 5 µs each, 10,000 times. */
const maxSteps = 500_000
const maxStepsForAll = 10_000
/** Compiled within a few milliseconds. */
const smallNodes = 30
/** Below this many schemas even 1 MiB of the smallest values stays within `maxWork`. */
const fewNodes = 140

export interface Validators {
  /** Schemas that one value may be held against. */
  readonly nodes: number
  readonly recursive: boolean
  readonly first: ValidateFunction
  all(): ValidateFunction
}

/** A payload that fits costs one call of compiled code; only one that does not is looked at again for every fault. */
export class JsonSchemaContract implements Contract {
  readonly language = 'json-schema'
  readonly #validators: Validators
  #all: ValidateFunction | null = null

  /** @throws what ajv throws for a schema that it cannot compile. */
  constructor(validators: Validators) {
    this.#validators = validators
    // Compiling a large one takes long enough to be felt by whoever publishes beside the first wrong payload.
    if (validators.nodes > smallNodes) this.#all = validators.all()
  }

  validate(payload: Json): readonly Fault[] {
    const { first, nodes, recursive } = this.#validators
    if (nodes > fewNodes && !holdsAtMost(payload, maxWork / nodes)) return tooMuch
    const steps = recursive ? Math.min(maxSteps, maxWork / nodes) : 0
    try {
      if (withinSteps(steps, () => first(payload))) return []
    } catch (error) {
      if (isSpent(error)) return tooMuch
      throw error
    }
    const firstFaults = toFaults(first.errors ?? [])
    return holdsAtMost(payload, maxWorkForAll / nodes) ? this.#everyFault(payload, firstFaults) : firstFaults
  }

  #everyFault(payload: Json, firstFaults: readonly Fault[]): readonly Fault[] {
    this.#all ??= this.#validators.all()
    const all = this.#all
    try {
      withinSteps(maxStepsForAll, () => all(payload))
      return toFaults(all.errors ?? [])
    } catch (error) {
      if (isSpent(error)) return firstFaults
      throw error
    } finally {
      all.errors = null
    }
  }
}

/** Out of steps, or out of stack: few steps may go very deep. */
function isSpent(error: unknown): boolean {
  return error instanceof StepsSpent || error instanceof RangeError
}

const tooMuch: readonly Fault[] = [{ pointer: '', message: 'is too large to be checked against its schema; send less in one event' }]

/** Whether the payload holds at most `max` values, itself included. Stops counting there. */
function holdsAtMost(payload: Json, max: number): boolean {
  let count = 0
  const open: Json[] = [payload]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (++count > max) return false
    if (typeof value !== 'object' || value === null) continue
    for (const inner of Object.values(value)) open.push(inner)
    if (open.length + count > max) return false
  }
  return true
}
