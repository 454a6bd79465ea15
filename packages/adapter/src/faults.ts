import { type Fault, SyncError } from '@hms-sync/client'

const maxFaults = 100

/** Collects every fault of a configuration, so that all are told at once. */
export class Collected {
  readonly #faults: Fault[] = []

  /** `pointer` is a JSON pointer into the configuration; `message` says what is wrong and what to write. */
  add(pointer: string, message: string): void {
    if (this.#faults.length < maxFaults) this.#faults.push({ pointer, message })
  }

  get faults(): readonly Fault[] {
    return this.#faults
  }

  /** @throws SyncError `invalid_config` with all faults, when there is one. */
  throwIfAny(subject: string): void {
    if (this.#faults.length > 0) throw invalidConfig(subject, this.#faults)
  }
}

/** One line a fault: where, what is wrong, what to write. */
export function invalidConfig(subject: string, faults: readonly Fault[]): SyncError {
  const lines = faults.map((fault) => `  ${readablePlace(fault.pointer)}${fault.message}`)
  return new SyncError(
    'invalid_config',
    `${subject} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    { faults },
  )
}

/** How the fault of a key that nobody knows begins: such a fault is the key's, and not its value's. */
export const noSuchKey = 'there is no such key'

/** Names a key that nobody knows, and the one that may have been meant. */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = known.find((name) => name.toLowerCase() === key.toLowerCase() || distanceAtMost2(name, key))
  return `${noSuchKey}; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`}`
}

function readablePlace(pointer: string): string {
  if (pointer === '') return ''
  const parts = pointer.slice(1).split('/')
  return `${parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.')}: `
}

function distanceAtMost2(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 2 || a.length < 3) return false
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]! <= 2
}
