import { SyncError } from '@hms-sync/client'
import type { Clock } from '../../clock.js'
import type { Engine } from '../../engines/engine.js'
import type { OutgoingEvent } from '../../event.js'
import { formatCursor, formatPosition, type Offset, parseCursor } from '../../event.js'
import type { Topic } from '../../publish/topic.js'
import { type PartitionRead, PartitionReader } from './partition-reader.js'
import { findPlace } from './place.js'

export interface ReadOptions {
  readonly topic: string
  /** A duration, an ISO time, or `all`. Absent, without `after`: from now on. */
  readonly since?: string
  /** A cursor; beats `since`. */
  readonly after?: string
  /** True: end at what is there at the start. False: follow. */
  readonly untilNow: boolean
  /** Only this key. */
  readonly key?: string
  readonly signal: AbortSignal
}

/** Events of one partition, with the cursor behind the last of them; or the news that some are gone. */
export type ReadBatch =
  | { readonly events: readonly OutgoingEvent[]; readonly next: string /** The cursor behind event i. */; cursorAt(i: number): string }
  | { readonly gap: { readonly topic: string; readonly first: string; readonly last: string }; readonly next: string }

/** Events handed over at once. */
const maxBatch = 512

/**
 * Reads a topic without a group. Order holds within a partition; partitions come as they are ready. The first batch
 * holds no events, only the cursor where reading starts. @throws SyncError `invalid_request`; `gone` for a cursor of an
 * earlier life, and when the topic is removed meanwhile. When the bus closes, reading just ends.
 */
export async function* read(engine: Engine, clock: Clock, topic: Topic, options: ReadOptions): AsyncGenerator<ReadBatch> {
  const next = [...(await start(engine, clock, topic, options))]
  const end = options.untilNow ? topic.tails.map((tail) => tail.next) : null
  const cursor = (at: readonly Offset[]) => formatCursor({ incarnation: topic.incarnation, next: at })
  yield { events: [], next: cursor(next), cursorAt: () => cursor(next) }
  const readers = next.map((from, partition) => new PartitionReader(engine, topic, partition, from))
  const stop = () => {
    for (const reader of readers) reader.close()
  }
  /** Partitions that come while the topic is followed are read from their first event on. */
  const onMore = (ask: (partition: number) => void) => {
    const take = () => {
      for (const { partition } of topic.tails.slice(readers.length)) {
        next[partition] = 0n
        readers[partition] = new PartitionReader(engine, topic, partition, 0n)
        ask(partition)
      }
    }
    if (end !== null) return () => {}
    take()
    return topic.onWidened(take)
  }
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const { partition, got } of merge(readers, next, end, onMore)) {
      if (options.signal.aborted) return
      if (got === null) {
        if (topic.gone !== null) throw topic.gone
        return
      }
      if ('gap' in got) {
        next[partition] = got.gap.last + 1n
        const { first, last } = got.gap
        yield {
          gap: { topic: topic.name, first: formatPosition(partition, first), last: formatPosition(partition, last) },
          next: cursor(next),
        }
        continue
      }
      const before = [...next]
      const events = wanted(got.events, end?.[partition], options.key)
      next[partition] = events.reached
      const cursorAt = (i: number) => cursor(before.with(partition, events.list[i]!.offset + 1n))
      if (events.list.length > 0) yield { events: events.list, next: cursor(next), cursorAt }
    }
  } finally {
    options.signal.removeEventListener('abort', stop)
    stop()
  }
}

async function start(engine: Engine, clock: Clock, topic: Topic, options: ReadOptions): Promise<readonly Offset[]> {
  if (options.after === undefined) return findPlace(engine, clock, topic, options.since ?? 'now')
  const cursor = parseCursor(options.after)
  if (cursor.incarnation !== topic.incarnation) {
    throw new SyncError('gone', `The topic ${topic.name} was made anew since this cursor was given out; read from \`since=all\`.`)
  }
  if (cursor.next.length > topic.tails.length || cursor.next.some((offset, i) => offset > topic.tails[i]!.next)) {
    throw new SyncError('invalid_request', `The cursor "${options.after.slice(0, 60)}" lies past the end of ${topic.name}.`)
  }
  return topic.tails.map((_tail, partition) => cursor.next[partition] ?? 0n)
}

function wanted(
  events: readonly OutgoingEvent[],
  end: Offset | undefined,
  key: string | undefined,
): { list: readonly OutgoingEvent[]; reached: Offset } {
  const inTime = end === undefined || events.at(-1)!.offset < end ? events : events.filter((event) => event.offset < end)
  const reached = events.at(-1)!.offset + 1n
  return {
    list: key === undefined ? inTime : inTime.filter((event) => event.key === key),
    reached: end !== undefined && reached > end ? end : reached,
  }
}

/**
 * Whatever partition has something first; each reads at most one batch ahead. Ends when every partition has reached its
 * end, or with null when one can be read no further.
 */
async function* merge(
  readers: readonly PartitionReader[],
  reached: readonly Offset[],
  end: readonly Offset[] | null,
  onMore: (ask: (partition: number) => void) => () => void,
): AsyncGenerator<{ readonly partition: number; readonly got: PartitionRead | null }> {
  // A queue, for a race of all would leave a trace of every batch in the partitions that are silent.
  const come: { readonly partition: number; readonly got: PartitionRead | null; readonly error?: Error }[] = []
  let asked = 0
  let wake = () => {}
  const arrived = (one: (typeof come)[number]) => {
    come.push(one)
    wake()
  }
  const ask = (partition: number) => {
    if (end !== null && reached[partition]! >= end[partition]!) return
    asked++
    readers[partition]!.next(maxBatch).then(
      (got) => arrived({ partition, got }),
      (error: Error) => arrived({ partition, got: null, error }),
    )
  }
  for (const partition of readers.keys()) ask(partition)
  const off = onMore(ask)
  try {
    for (; asked > 0; asked--) {
      while (come.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const { partition, got, error } = come.shift()!
      if (error !== undefined) throw error
      yield { partition, got }
      if (got === null) return
      ask(partition)
    }
  } finally {
    off()
  }
}
