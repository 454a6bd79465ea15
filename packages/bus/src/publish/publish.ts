import { isDeepStrictEqual } from 'node:util'
import { type ErrorCode, type PublishResult, SyncError, toProblem } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Engine } from '../engines/engine.js'
import { formatPosition, type LogEvent, type StoredEvent } from '../event.js'
import type { Principal } from '../security/principal.js'
import { Answers } from './answers.js'
import { Awaited, type Shown } from './awaited.js'
import type { Location } from './dedupe/dedupe-window.js'
import { encode } from './encode.js'
import type { Incoming } from './incoming.js'
import { readEvent } from './read-event.js'
import { identityOf, type Topic } from './topic.js'

export interface PublishParts {
  readonly engine: Engine
  readonly clock: Clock
  /** The storage failed for good, or may have: nothing more is to be accepted. */
  readonly onFault: (error: Error) => void
}

/** Events that may wait for their answer at once; more are told to come back. */
const maxAwaited = 50_000
const faults: ReadonlySet<ErrorCode> = new Set(['storage_failed', 'unknown_outcome'])
/** Events in one append: what one commit of the embedded engine takes. */
const maxAppend = 512
/** Events that make a commit of their own worth its sync while more are coming. */
const worthACommit = 32
/** How long the tail may take to show an event whose append has an unknown outcome. */
const unknownOutcomeMs = 10_000

/**
 * The way in: check, deduplicate, append, answer. Every door ends here. Results come in the order of the events, after
 * what they say is durable; one event's fault is its own. Calls for one topic keep their order.
 * @throws SyncError `overloaded`: nothing was stored.
 */
export async function publish(
  parts: PublishParts,
  topic: Topic,
  principal: Principal,
  events: readonly Incoming[],
): Promise<readonly PublishResult[]> {
  const waiting = topic.awaited.size + topic.gated
  if (waiting + events.length > maxAwaited) {
    throw new SyncError(
      'overloaded',
      `The topic ${topic.name} has ${waiting} events waiting to be stored. Publish again in a moment, with the same ids.`,
    )
  }
  const received = parts.clock.now()
  const checked = events.map((event) => check(topic, principal, event, received))
  if (topic.gate === null && checked.every((event) => event instanceof SyncError || isNew(topic, event))) {
    return storeAll(parts, topic, checked).all
  }
  return behindGate(topic, events.length, () => checkAndStore(parts, topic, checked))
}

function check(topic: Topic, principal: Principal, event: Incoming, received: number): LogEvent | SyncError {
  try {
    return encode(topic, principal.name, event, received)
  } catch (error) {
    if (error instanceof SyncError) return error
    throw error
  }
}

/** By memory alone; where the store must be asked, that is done behind the gate. */
function isNew(topic: Topic, { source, id }: LogEvent): boolean {
  const places = topic.window.candidates(source, id)
  if ('length' in places) return places.length === 0
  places.catch(() => {})
  return false
}

/** An id that may have been seen takes a look at the log; what comes after waits behind it, so that order holds. */
async function behindGate(topic: Topic, events: number, work: () => Promise<Answers>): Promise<readonly PublishResult[]> {
  const before = topic.gate
  topic.gated += events
  const appended = (before ?? Promise.resolve()).then(work).finally(() => {
    topic.gated -= events
  })
  const gate = appended.then(
    () => {},
    () => {},
  )
  topic.gate = gate
  const answers = await appended.finally(() => {
    if (topic.gate === gate) topic.gate = null
  })
  return answers.all
}

async function checkAndStore(parts: PublishParts, topic: Topic, checked: readonly (LogEvent | SyncError)[]): Promise<Answers> {
  // What is under way is noted before the first wait: by the time the log has answered, the tail may have shown it.
  const known = await Promise.all(
    // oxlint-disable-next-line typescript/await-thenable -- most are known at once, and a promise for each would only cost time
    checked.map((event) => {
      if (event instanceof SyncError) return null
      return topic.awaited.get(identityOf(event.source, event.id)) ?? findFirst(parts.engine, topic, event)
    }),
  )
  return storeAll(parts, topic, checked, known)
}

interface Found extends StoredEvent {
  readonly partition: number
}

async function findFirst(engine: Engine, topic: Topic, event: LogEvent): Promise<Found | null> {
  for (const { partition, offset } of await topic.window.candidates(event.source, event.id)) {
    const stored = await readEvent(engine, topic.name, partition, offset)
    if (stored?.id === event.id && stored.source === event.source) return { ...stored, partition }
  }
  return null
}

/** Starts what is new on its way, in order, one append a partition. */
function storeAll(
  parts: PublishParts,
  topic: Topic,
  checked: readonly (LogEvent | SyncError)[],
  known: readonly (Found | Awaited | null)[] = [],
): Answers {
  if (topic.ended !== null) throw topic.ended
  const fresh = new Map<number, LogEvent[]>()
  const answers = new Answers(checked.length)
  for (const [i, event] of checked.entries()) {
    if (event instanceof SyncError) {
      topic.counts.refused++
      answers.give(i, refused(event))
      continue
    }
    const identity = identityOf(event.source, event.id)
    const first = known[i] ?? topic.awaited.get(identity)
    if (first instanceof Awaited) {
      first.follow((at, error) => answers.give(i, at === null ? refused(error) : answerRepeat(topic, event, first.event, at)))
    } else if (first !== undefined) answers.give(i, answerRepeat(topic, event, first, first))
    else {
      const partition = choosePartition(topic.tails.length, event)
      const together = fresh.get(partition)
      if (together === undefined) fresh.set(partition, [event])
      else together.push(event)
      const shown: Shown = (at, error) => answers.give(i, at === null ? refused(error) : stored(topic, event.id, at))
      topic.awaited.set(identity, new Awaited(event, shown))
    }
  }
  for (const [partition, events] of fresh) append(parts, topic, partition, events)
  return answers
}

function refused(error: unknown): PublishResult {
  const problem = toProblem(error)
  return { status: problem.status, error: problem }
}

function stored(topic: Topic, id: string, { partition, offset }: Location): PublishResult {
  topic.counts.published++
  if (topic.groups === 0) topic.counts.unrouted++
  return { status: 201, id, position: formatPosition(partition, offset), duplicate: false }
}

function answerRepeat(topic: Topic, event: LogEvent, first: { readonly body: string }, at: Location): PublishResult {
  if (!sameContent(event.body, first.body)) {
    topic.counts.refused++
    return refused(
      new SyncError(
        'id_reused',
        `The id "${event.id}" was used for other content on ${topic.name}; nothing was stored. A new event needs a new id; a retry must send the same payload, key and version.`,
      ),
    )
  }
  topic.counts.duplicates++
  return { status: 200, id: event.id, position: formatPosition(at.partition, at.offset), duplicate: true }
}

/** Payload by value, version and key: what makes two sendings of one id the same event. */
function sameContent(a: string, b: string): boolean {
  const [left, right] = [JSON.parse(a), JSON.parse(b)]
  return left.version === right.version && left.key === right.key && isDeepStrictEqual(left.payload, right.payload)
}

/**
 * Publishes that come in one turn of the loop travel in one append. A turn that brings many hands over what is enough for
 * a commit as it goes, so that the disk works while the rest is still being read; two under way keep it busy.
 */
function append(parts: PublishParts, topic: Topic, partition: number, events: readonly LogEvent[]): void {
  let batch = topic.unsent.get(partition)
  if (batch !== undefined && batch.length + events.length > maxAppend) {
    sendNow(parts, topic, partition, batch)
    batch = undefined
  }
  if (batch === undefined) {
    const begun = [...events]
    batch = begun
    topic.unsent.set(partition, begun)
    setImmediate(() => {
      if (topic.unsent.get(partition) === begun) sendNow(parts, topic, partition, begun)
    })
  } else batch.push(...events)
  if (batch.length >= worthACommit && topic.appending < 2) sendNow(parts, topic, partition, batch)
}

function sendNow(parts: PublishParts, topic: Topic, partition: number, events: readonly LogEvent[]): void {
  topic.unsent.delete(partition)
  topic.appending++
  const sent = parts.engine.append(topic.name, partition, events).finally(() => topic.appending--)
  sent.catch((error: unknown) => {
    const fail = () => {
      for (const event of events) {
        const identity = identityOf(event.source, event.id)
        const awaited = topic.awaited.get(identity)
        if (awaited?.event !== event) continue
        topic.awaited.delete(identity)
        awaited.fail(error)
      }
    }
    if (error instanceof SyncError && faults.has(error.code)) parts.onFault(error)
    // An event whose append has an unknown outcome may still show up in the tail; that decides.
    if (error instanceof SyncError && error.code === 'unknown_outcome') parts.clock.after(unknownOutcomeMs, fail)
    else fail()
  })
}

/** Events with a key stay together, in order; others spread. FNV-1a over UTF-16 units. */
export function choosePartition(partitions: number, event: { readonly id: string; readonly key: string | null }): number {
  if (partitions === 1) return 0
  const text = event.key ?? event.id
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % partitions
}
