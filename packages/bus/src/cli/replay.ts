import { setTimeout } from 'node:timers/promises'
import type { ReplayInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { WrongUse } from './failure.js'
import { placeInTime } from './moments.js'
import { plain, printJson, printList, say } from './output.js'
import { showProgress } from './progress.js'
import { localTime } from './times.js'

type ReplayFlags = CommonOptions & {
  readonly adapter?: string
  readonly since?: string
  readonly topic?: readonly string[]
  readonly follow: boolean
  readonly progress?: true
  readonly list?: true
  readonly cancel?: string
}

const askEveryMs = 500

/** `hms-sync replay` */
export function replayCommand(): Command {
  return busCommand({
    name: 'replay',
    description:
      'Send to one adapter again what it got since then, in order per key, beside its live progress, which does not move.\nFollows until all is sent; Ctrl-C cancels it. Each event carries the Idempotency-Key it always had.',
    examples: [
      ['hms-sync replay --adapter scheduling --since 2h', 'what it got in the last two hours'],
      ['hms-sync replay --adapter warehouse --since all --topic permitApproved', 'one topic from its beginning'],
      ['hms-sync replay --list', 'those under way, and those that ended'],
      ['hms-sync replay --cancel 3', 'end one that nobody follows'],
    ],
  })
    .option('--adapter <name>', 'the adapter, or any other group')
    .option('--since <when>', 'from when on: a span (10m, 2h, 7d), an ISO time, or all', placeInTime)
    .option('--topic <topic...>', 'only these topics (default: all of the adapter’s)')
    .option('--no-follow', 'start it and leave it to the bus')
    .option('--progress', 'show progress even when stderr is no terminal')
    .option('--list', 'list the replays since the bus started')
    .option('--cancel <id>', 'cancel a replay')
    .action(replay)
}

async function replay(flags: ReplayFlags): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const cancel = (id: string) => askBus<ReplayInfo>(flags.url, `/v1/replays/${encodeURIComponent(id)}`, { method: 'DELETE' })
  const list = async () => (await askBus<{ items: readonly ReplayInfo[] }>(flags.url, '/v1/replays')).items
  if (flags.list) return printReplays(await list(), flags)
  if (flags.cancel !== undefined) return report(await cancel(flags.cancel), flags)
  const { adapter, since, topic } = flags
  if (adapter === undefined || since === undefined)
    throw new WrongUse('Say which adapter and from when on: --adapter scheduling --since 2h')
  const body = { adapter, since, ...(topic === undefined ? {} : { topics: topic }) }
  const started = await askBus<ReplayInfo>(flags.url, '/v1/replays', { method: 'POST', body })
  if (!flags.follow) return flags.json ? printJson(started) : say(`Replay ${started.id} has begun.`)
  const ended = await follow(started, { list, cancel, progress: flags.progress === true })
  await report(ended, flags)
  if (ended.state !== 'done') process.exitCode = 1
}

interface Following {
  list(): Promise<readonly ReplayInfo[]>
  cancel(id: string): Promise<ReplayInfo>
  readonly progress: boolean
}

/** Asks until it has ended; Ctrl-C ends it. */
async function follow(started: ReplayInfo, { list, cancel, progress }: Following): Promise<ReplayInfo> {
  let now = started
  const asked = new AbortController()
  const stop = (): void => asked.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const line = showProgress(progress, () => now.sent, 'sent again')
  try {
    while (now.state === 'running') {
      await setTimeout(askEveryMs, undefined, { signal: asked.signal }).catch(() => {})
      if (asked.signal.aborted) return await cancel(started.id)
      const found = (await list()).find(({ id }) => id === started.id)
      if (found === undefined)
        throw new Error(`The bus knows replay ${plain(started.id)} no more: it was started again. Start the replay anew.`)
      now = found
    }
    return now
  } finally {
    line.stop()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

function report(replay: ReplayInfo, flags: CommonOptions): Promise<void> | void {
  if (flags.json) return printJson(replay)
  const { id, group, state, sent, failed, reason } = replay
  const numbers = `${sent.toLocaleString('en')} sent again to ${group}${failed === 0 ? '' : `, ${failed.toLocaleString('en')} not taken`}`
  say(plain(`Replay ${id} is ${state}: ${numbers}.${reason === null ? '' : ` ${reason}`}`))
  if (failed > 0) say(plain(`What was not taken, and why: hms-sync deliveries --adapter ${group} --outcome refused`))
}

function printReplays(items: readonly ReplayInfo[], flags: CommonOptions): Promise<void> {
  return printList(items, flags, {
    none: 'Nothing was replayed since the bus started.',
    columns: [
      { title: 'ID', value: ({ id }) => id },
      { title: 'ADAPTER', value: ({ group }) => group },
      { title: 'STATE', value: ({ state }) => state },
      { title: 'SINCE', value: ({ since }) => since },
      { title: 'SENT', value: ({ sent }) => sent },
      { title: 'FAILED', value: ({ failed }) => failed },
      { title: 'STARTED', value: ({ startedAt }) => localTime(startedAt) },
      { title: 'TOPICS', value: ({ topics }) => topics.join(' '), shrinks: true },
    ],
  })
}
