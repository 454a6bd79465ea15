import { type PublishResult, SyncError } from '@hms-sync/client'
import type { Clock } from '../clock.js'
import type { Engine } from '../engines/engine.js'
import { type LogEvent, sizeOf } from '../event.js'
import type { Principal } from '../security/principal.js'
import { Answers } from './answers.js'
import { Awaited } from './awaited.js'
import type { Location } from './dedupe/dedupe-window.js'
import { encode } from './encode.js'
import type { Incoming } from './incoming.js'
import { readEvent } from './read-event.js'
import type { Topic } from './topic.js'

export interface PublishParts {
  readonly engine: Engine
  readonly clock: Clock
}

/** Events that may wait for their answer at once; more are told to come back. */
const maxAwaited = 50_000
/** Bytes of events that may wait for a look at the log, as many as may wait for the writer behind it. */
const maxGatedBytes = 64 * 1024 * 1024
/**
 * The way in: check, deduplicate, append, answer. Every door ends here. Results come in the order of the events, after
 * what they say is durable; one event's fault is its own. Calls for one topic keep their order.
 * @throws SyncError `overloaded`: nothing was stored.
 */
export function publish(
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
  // An id that was made here a moment ago cannot have been seen before.
  if (
    topic.gate === null &&
    checked.every((event, i) => event instanceof SyncError || events[i]!.id === undefined || isNew(topic, event))
  ) {
    return storeAll(topic, checked).all
  }
  return behindGate(topic, checked, () => checkAndStore(parts, topic, checked))
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
function behindGate(
  topic: Topic,
  checked: readonly (LogEvent | SyncError)[],
  work: () => Promise<Answers>,
): Promise<readonly PublishResult[]> {
  const bytes = checked.reduce((sum, event) => sum + (event instanceof SyncError ? 0 : sizeOf(event)), 0)
  if (topic.gatedBytes > 0 && topic.gatedBytes + bytes > maxGatedBytes) {
    throw new SyncError(
      'overloaded',
      `${topic.gatedBytes} bytes of events of ${topic.name} wait for a look at what is stored. Publish again in a moment, with the same ids.`,
    )
  }
  topic.gated += checked.length
  topic.gatedBytes += bytes
  return passGate(topic, (topic.gate ?? Promise.resolve()).then(work), () => {
    topic.gated -= checked.length
    topic.gatedBytes -= bytes
  })
}

async function passGate(topic: Topic, work: Promise<Answers>, passed: () => void): Promise<readonly PublishResult[]> {
  const appended = work.finally(passed)
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
      return topic.awaited.get(event.source, event.id) ?? findFirst(parts.engine, topic, event)
    }),
  )
  return storeAll(topic, checked, known)
}

interface Found extends Location {
  readonly body: string
}

async function findFirst(engine: Engine, topic: Topic, event: LogEvent): Promise<Found | null> {
  for (const { partition, offset } of await topic.window.candidates(event.source, event.id)) {
    const stored = await readEvent(engine, topic.name, partition, offset)
    if (stored?.id === event.id && stored.source === event.source) return { partition, offset, body: stored.body }
  }
  return null
}

/** Starts what is new on its way, in order. */
function storeAll(topic: Topic, checked: readonly (LogEvent | SyncError)[], known: readonly (Found | Awaited | null)[] = []): Answers {
  if (topic.ended !== null) throw topic.ended
  const answers = new Answers(topic, checked.length)
  for (let i = 0; i < checked.length; i++) {
    const event = checked[i]!
    if (event instanceof SyncError) {
      topic.counts.refused++
      answers.fail(i, event)
      continue
    }
    const first = known[i] ?? topic.awaited.get(event.source, event.id)
    if (first instanceof Awaited) {
      first.follow((at, error) => (at === null ? answers.fail(i, error) : answers.repeat(i, event, first.event, at)))
    } else if (first !== undefined) answers.repeat(i, event, first, first)
    else {
      topic.awaited.add(new Awaited(event, answers, i))
      topic.appends.add(choosePartition(topic.tails.length, event), event)
    }
  }
  topic.appends.send()
  return answers
}

/** Events with a key stay together, in order; others spread. FNV-1a over UTF-16 units. */
export function choosePartition(partitions: number, event: { readonly id: string; readonly key: string | null }): number {
  if (partitions === 1) return 0
  const text = event.key ?? event.id
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % partitions
}
