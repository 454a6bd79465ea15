import { type Bus, type Json, SyncError } from '@hms-sync/client'
import { openConnection } from './connection.js'
import { isJsonObject, type PublishedEnvelope, readEnvelope } from './envelope.js'
import { faultLines } from './failure.js'
import { splitLines } from './lines.js'
import { plain, print, printJson, say } from './output.js'
import { showProgress } from './progress.js'
import { type PublishFlags, publishOptions } from './publish-flags.js'

/** One round trip carries at most so much, so that memory stays small however long the input is. */
const maxEventsPerBatch = 2_000
const maxCharactersPerBatch = 1_000_000

interface Line {
  readonly number: number
  readonly event: PublishedEnvelope
}

interface Counts {
  published: number
  duplicates: number
  failed: number
}

/** Failures of the event alone: the next line may well be accepted. Any other failure ends the run. */
const ofTheEvent: ReadonlySet<string> = new Set([
  'invalid_json',
  'invalid_event',
  'schema_violation',
  'key_missing',
  'unknown_version',
  'qos_mismatch',
  'too_deep',
  'too_large',
  'id_reused',
])

/** Publishes one event a line, in order, one batch after another, and sums up. Sets exit code 1 when a line was not stored. */
export async function publishLines(topic: string, input: AsyncIterable<string>, flags: PublishFlags): Promise<void> {
  const counts: Counts = { published: 0, duplicates: 0, failed: 0 }
  const bus = await openConnection(flags.url)
  const progress = showProgress(flags.progress ?? false, () => counts.published + counts.duplicates)
  try {
    for await (const batch of batches(input, flags, (number, message) => refuse(counts, number, message))) {
      await publishBatch(bus, topic, batch, counts)
    }
  } finally {
    progress.stop()
    await bus.close()
    await sumUp(counts, progress.seconds(), flags)
  }
  if (counts.failed > 0) process.exitCode = 1
}

/** Sends one batch and waits for it: the next one leaves after it, so events of one key keep the order of their lines. */
async function publishBatch(bus: Bus, topic: string, batch: readonly Line[], counts: Counts): Promise<void> {
  const outcomes = await bus.publishMany(
    topic,
    batch.map(({ event }) => event),
  )
  let stop: SyncError | null = null
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.ok && outcome.duplicate) counts.duplicates += 1
    else if (outcome.ok) counts.published += 1
    else if (ofTheEvent.has(outcome.error.code)) refuse(counts, batch[at]!.number, describe(outcome.error))
    else stop ??= stoppedAt(batch[at]!.number, outcome.error)
  }
  if (stop !== null) throw stop
}

/** Not the event's fault: the lines from here on would fare no better. */
function stoppedAt(number: number, { code, message }: SyncError): SyncError {
  const advice = 'Stopped here; the lines before it are done. Repeating the command is safe with --id-from, or with ids in envelopes.'
  return new SyncError(code, `line ${number}: ${message} ${advice}`)
}

function describe(error: SyncError): string {
  const faults = faultLines(error)
  return faults.length > 0 ? faults.join('; ') : error.message
}

function refuse(counts: Counts, number: number, message: string): void {
  counts.failed += 1
  say(`line ${number}: ${plain(message)}`)
}

async function* batches(
  input: AsyncIterable<string>,
  flags: PublishFlags,
  onBad: (number: number, message: string) => void,
): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = []
  let characters = 0
  let number = 0
  for await (const line of splitLines(input)) {
    number += 1
    if (line.tooLong) {
      onBad(number, 'The line is longer than an event may be.')
      continue
    }
    if (line.text.trim() === '') continue
    const event = parseLine(line.text, flags)
    if (typeof event === 'string') {
      onBad(number, event)
      continue
    }
    batch.push({ number, event })
    characters += line.text.length
    if (batch.length === maxEventsPerBatch || characters >= maxCharactersPerBatch) {
      yield batch
      batch = []
      characters = 0
    }
  }
  if (batch.length > 0) yield batch
}

/** The event of one line, or what is wrong with the line. The payload travels as the text it came in. */
function parseLine(text: string, flags: PublishFlags): Line['event'] | string {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `It is not JSON: ${error instanceof Error ? error.message : String(error)}`
  }
  const shared = publishOptions(flags)
  if (flags.envelopes) return readEnvelope(value, shared)
  if (flags.idFrom === undefined) return { ...shared, payload: text }
  const id = at(value, flags.idFrom.split('.'))
  if (typeof id !== 'string' && typeof id !== 'number') return `The payload has no text or number at ${flags.idFrom} that could be its id.`
  return { ...shared, payload: text, id: String(id) }
}

function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  for (const name of path) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}

async function sumUp(counts: Counts, seconds: number, flags: PublishFlags): Promise<void> {
  if (flags.json) return printJson(counts)
  const total = counts.published + counts.duplicates
  const rate = seconds > 0 ? `, ${Math.round(total / seconds).toLocaleString('en')} a second` : ''
  await print(`published ${counts.published}, stored before ${counts.duplicates}, refused ${counts.failed}`)
  say(`${seconds.toFixed(1)} s${rate}`)
}
