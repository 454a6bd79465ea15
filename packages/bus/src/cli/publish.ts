import type { Command } from 'commander'
import { busCommand } from './command.js'
import { openConnection } from './connection.js'
import { WrongUse } from './failure.js'
import { wholeNumber } from './numbers.js'
import { print } from './output.js'
import { openInput, readPayload } from './payload-input.js'
import { type PublishFlags, publishOptions } from './publish-flags.js'

/** `hms-sync publish`: exit 0 means that every event is stored durably. */
export function publishCommand(): Command {
  return busCommand({
    name: 'publish',
    description: 'Publish one event, or with --ndjson one a line. Exit code 0 means that all of them are stored durably.',
    examples: [
      [`hms-sync publish inspections.status '{"inspectionId":99,"newStatus":"Completed"}'`, 'one event'],
      ['hms-sync publish permitApproved @permit.json --id permit-7', 'from a file, safe to repeat'],
      ['gunzip -c data.jsonl.gz | hms-sync publish food.inspections --ndjson - --id-from inspectionId', 'many'],
    ],
  })
    .argument('<topic>', 'the topic')
    .argument('[payload]', 'the payload as JSON, @file, or - for stdin (default: stdin when it is a pipe)')
    .option('--id <id>', "the event's id: repeating the command with it stores nothing twice")
    .option('--key <key>', "the event's key (default: read from the payload as the topic says)")
    .option('--version <number>', 'the schema version of the payload', wholeNumber)
    .option('--time <time>', 'when it happened, ISO 8601 (default: now)')
    .option('--type <type>', "the event's type (default: the topic)")
    .option('--ndjson', 'one payload a line; bad lines are reported with their number, the others are stored')
    .option('--envelopes', 'with --ndjson: a line is an envelope {"id"?,"key"?,"version"?,"time"?,"type"?,"payload"}')
    .option('--id-from <path>', 'with --ndjson: the id is this value of the payload, so that repeating is safe')
    .option('--progress', 'with --ndjson: show progress even when stderr is no terminal')
    .action(publish)
}

async function publish(topic: string, input: string | undefined, flags: PublishFlags): Promise<void> {
  checkFlags(flags)
  if (flags.ndjson) {
    const { publishLines } = await import('./publish-lines.js')
    return publishLines(topic, await openInput(input), flags)
  }
  const text = await readPayload(input)
  const bus = await openConnection(flags.url)
  try {
    const published = await bus.publish(topic, text, publishOptions(flags))
    const seenBefore = published.duplicate ? ' duplicate=true' : ''
    await print(flags.json ? JSON.stringify(published) : `id=${published.id} position=${published.position}${seenBefore}`)
  } finally {
    await bus.close()
  }
}

/** As the bus takes it. */
const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

function checkFlags(flags: PublishFlags): void {
  if (!flags.ndjson && (flags.envelopes || flags.idFrom !== undefined))
    throw new WrongUse('--envelopes and --id-from go with --ndjson only.')
  if (flags.ndjson && (flags.id !== undefined || flags.key !== undefined)) {
    throw new WrongUse('--id and --key name one event; with --ndjson use --id-from, or --envelopes with an id and a key a line.')
  }
  if (flags.envelopes && flags.idFrom !== undefined) throw new WrongUse('--envelopes carry their own ids; leave --id-from out.')
  if (flags.time !== undefined && !(isoTime.test(flags.time) && !Number.isNaN(Date.parse(flags.time))))
    throw new WrongUse(`--time ${flags.time} is no ISO 8601 time, such as 2026-04-23T15:02:11Z.`)
}
