import type { Message, Subscription, WireGap } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { openConnection } from './connection.js'
import { WrongUse } from './failure.js'
import { placeInTime } from './moments.js'
import { wholeNumber } from './numbers.js'
import { paint, plain, print, printJson, say } from './output.js'
import { localTime } from './times.js'

interface SubscribeFlags extends CommonOptions {
  readonly since?: string
  readonly until?: string
  readonly count?: number
  readonly group?: string
  readonly from?: string
}

/** `hms-sync subscribe`: prints events as they come. With a group it acknowledges what it has printed. */
export function subscribeCommand(): Command {
  return busCommand({
    name: 'subscribe',
    description:
      'Print events as they are published, until Ctrl-C (exit code 0). Without --group nothing moves: it only looks.\nWith --group it works for that group: each event is acknowledged once it is printed.',
    examples: [
      ['hms-sync subscribe inspections.status --since=10m', 'the last ten minutes, then what comes'],
      ['hms-sync subscribe permitApproved --since=all --until=now --json', 'everything there is, then end'],
      ['hms-sync subscribe permitApproved --group=clinic --count=1', "take one event of the clinic's"],
    ],
  })
    .argument('<topic...>', 'the topics')
    .option('--since <when>', 'start in the past: a span (10m, 2h, 7d), an ISO time, or all', placeInTime)
    .option('--until <when>', 'now: end after what is there now')
    .option('--count <n>', 'end after n events', wholeNumber)
    .option('--group <name>', 'work for this group; HMS_SYNC_NAME is never taken for it')
    .option('--from <where>', 'where a new group starts: now (default), all, or a span such as 7d', placeInTime)
    .action(subscribe)
}

async function subscribe(topics: readonly string[], flags: SubscribeFlags): Promise<void> {
  checkFlags(flags)
  const bus = await openConnection(flags.url)
  const sub = bus.subscribe(topics, {
    ...(flags.group === undefined ? { group: null } : { group: flags.group, concurrency: 1 }),
    ...(flags.since === undefined ? {} : { since: flags.since }),
    ...(flags.until === undefined ? {} : { until: 'now' as const }),
    ...(flags.from === undefined ? {} : { from: flags.from }),
    onGap: announceGap,
  })
  const stop = (): void => void sub.close()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    await sub.ready
    if (process.stderr.isTTY) say(introduction(topics, flags))
    await printEvents(sub, flags)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await bus.close()
  }
}

function checkFlags(flags: SubscribeFlags): void {
  if (flags.until !== undefined && flags.until !== 'now') throw new WrongUse('--until knows one value: now.')
  if (flags.group === undefined && flags.from !== undefined)
    throw new WrongUse('--from says where a new group starts; without --group use --since.')
  if (flags.group !== undefined && flags.since !== undefined) {
    throw new WrongUse(
      `A group has a place of its own, so --since means nothing for it. Move it with: hms-sync groups seek ${flags.group} ${flags.since}`,
    )
  }
  if (flags.group !== undefined && flags.until !== undefined)
    throw new WrongUse('--until is for looking without --group; with a group use --count.')
}

/** An event counts as printed, and is acknowledged, when stdout has taken it. */
async function printEvents(sub: Subscription, flags: SubscribeFlags): Promise<void> {
  let printed = 0
  for await (const message of sub) {
    await (flags.json ? printJson(message.event) : print(eventLine(message)))
    if (flags.group !== undefined) await message.ack()
    printed += 1
    if (printed === flags.count) break
  }
}

function eventLine({ event, data }: Message): string {
  const type = event.type === event.topic ? '' : ` (${plain(event.type)})`
  return [
    paint(plain(localTime(event.time)), 'dim'),
    paint(plain(event.topic), 'cyan') + type,
    paint(plain(event.key ?? '-'), 'yellow'),
    plain(data),
  ].join('  ')
}

function announceGap({ topic, first, last }: WireGap): void {
  say(
    `hms-sync: gap in ${plain(topic)}: the events from position ${plain(first)} to ${plain(last)} are gone; retention trimmed them before they were read.`,
  )
}

function introduction(topics: readonly string[], flags: SubscribeFlags): string {
  const names = topics.map(plain).join(', ')
  if (flags.until === 'now') return `Reading ${names}.`
  if (flags.group !== undefined)
    return `Working for group ${plain(flags.group)} on ${names}; what is printed is acknowledged. Ctrl-C ends it.`
  return `Following ${names}${flags.since === undefined ? ' from now on; --since=10m also shows the past' : ''}. Nothing is acknowledged. Ctrl-C ends it.`
}
