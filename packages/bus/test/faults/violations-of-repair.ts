/** What must hold of everything that failed and was mended, as sentences of what did not: none is the good answer. */
import type { DeadLetterInfo } from '@hms-sync/client'
import type { RecordingTarget, TargetReceipt } from './recording-target.js'
import type { TopicLogs } from './repair-rounds.js'

/** One system, and what the bus and the operator say of what was sent to it. */
export interface Repaired {
  readonly target: RecordingTarget
  readonly letters: readonly DeadLetterInfo[]
  /** Group and event of each letter that was perhaps let go. */
  readonly letGo: ReadonlySet<string>
  /** Events that the bus says are parked. */
  readonly parked: number
}

/** Every event was applied, is a dead letter that somebody can see, or is parked behind one. */
export function violationsOfAccounts({ target, letters, parked }: Repaired, logs: TopicLogs): string[] {
  const { name, accepted } = target
  const found: string[] = []
  const byEvent = new Map(letters.map((letter) => [letter.event, letter]))
  if (byEvent.size !== letters.length) found.push(`${name}: an event has two dead letters`)
  const held = new Set(letters.filter(({ state }) => state === 'open').map(({ key }) => key))
  const highest = highestAccepted(target)
  const absent: string[] = []
  for (const [topic, log] of logs) {
    for (const { id, key, payload } of log) {
      if (accepted.has(id)) continue
      const letter = byEvent.get(id)
      const { n } = payload as { readonly n: number }
      if (letter === undefined) {
        absent.push(id)
        if (topic !== 'ledger' || !held.has(key!)) found.push(`${name}: ${id} was accepted and is lost`)
      } else if (letter.state === 'done') found.push(`${name}: ${id} is said to be delivered and never came`)
      else if (letter.state === 'superseded' && n > (highest.get(key!) ?? -1))
        found.push(`${name}: ${id} is said to be superseded, and nothing newer of ${key} came`)
    }
  }
  if (absent.length !== parked) found.push(`${name}: ${absent.length} events are nowhere, ${parked} are said to be parked`)
  return found
}

/** What was applied comes again only where a life of the bus ended before it could write that down, or where it waited in vain for the answer. */
export function violationsOfRepeats({ name, receipts }: RecordingTarget, endedAt: readonly number[], timeoutMs: number): string[] {
  const found: string[] = []
  const applied = new Map<string, TargetReceipt>()
  for (const receipt of receipts) {
    const { id, life, at } = receipt
    const before = applied.get(id)
    if (before?.life === life) {
      const ms = Math.round(at - before.at)
      if (ms < timeoutMs) found.push(`${name}: ${id} came again ${ms} ms after it was applied, in the same life`)
    } else if (before !== undefined && before.settledAt! < endedAt[before.life]!)
      found.push(`${name}: ${id} came again after it was settled`)
    if (receipt.accepted) applied.set(id, receipt)
  }
  return found
}

/** No event of a key is as much as tried before those before it were applied or let go. */
export function violationsOfParking({ target, letGo }: Repaired, topic: string): string[] {
  const { name, receipts } = target
  const found: string[] = []
  const next = new Map<string, number>()
  const applied = new Set<string>()
  for (const { id, key, n, accepted } of receipts) {
    if (!key.startsWith(topic)) continue
    let expected = next.get(key) ?? 0
    while (applied.has(`${key}-${expected}`) || letGo.has(`${name} ${key}-${expected}`)) expected++
    next.set(key, expected)
    if (n > expected) found.push(`${name}: ${id} came before ${key}-${expected} was mended`)
    if (accepted) applied.add(id)
  }
  return found
}

/** What a key came to in the end is its newest event: nothing older was written over it. */
export function violationsOfState(target: RecordingTarget, topic: string): string[] {
  const last = new Map<string, TargetReceipt>()
  for (const receipt of target.receipts) if (receipt.accepted && receipt.key.startsWith(topic)) last.set(receipt.key, receipt)
  const highest = highestAccepted(target)
  return [...last.values()]
    .filter(({ key, n }) => n < highest.get(key)!)
    .map(({ key, id }) => `${target.name}: ${key} ended with ${id}, and ${highest.get(key)} had come`)
}

function highestAccepted({ receipts }: RecordingTarget): ReadonlyMap<string, number> {
  const highest = new Map<string, number>()
  for (const { key, n, accepted } of receipts) if (accepted) highest.set(key, Math.max(n, highest.get(key) ?? -1))
  return highest
}
