import type { DeadLetterChange, DeadLetterChanges, DeadLetterInfo } from '@hms-sync/client'
import type { Command } from 'commander'
import type { CommonOptions } from './command.js'
import { deadLetterIds } from './dead-letter-ids.js'
import { type FilterFlags, filterOf, withFilter } from './dlq-filter.js'
import { WrongUse } from './failure.js'
import { printJson, printList, say } from './output.js'
import { showProgress } from './progress.js'

export type ChangeFlags = CommonOptions &
  FilterFlags & { readonly id?: readonly string[]; readonly all?: true; readonly dryRun?: true; readonly progress?: true }

export interface ChangeWords {
  /** As the bus's address ends. */
  readonly verb: 'redrive' | 'skip'
  /** `3 dead letters … `: what was done, what a dry run says would be. */
  readonly done: string
  readonly would: string
}

const maxPerRequest = 1_000
/** More are done by running the command again: their ids are held in memory. */
const maxPerRun = 100_000

export function withChangeOptions(command: Command): Command {
  return withFilter(command.argument('[id...]', 'dead letters, as `dlq list` names them', deadLetterIds))
    .option('--id <id...>', 'the same', deadLetterIds)
    .option('--all', 'every open dead letter')
    .option('--dry-run', 'only say what would happen')
    .option('--progress', 'show progress even when stderr is no terminal')
}

/**
 * Changes the dead letters that are named, or all open ones that fit the filter as they are now: one that fails again
 * meanwhile is not taken twice. The oldest first, in pages. Exit code 1 when one of them was not changed: it
 * could not be, or as many as may be are on their way at once.
 */
export async function changeDeadLetters(words: ChangeWords, named: readonly string[], flags: ChangeFlags): Promise<void> {
  const ids = [...new Set([...named, ...(flags.id ?? [])])]
  const chosen = ids.length > 0 ? checkNamed(ids, flags) : await findOpen(words, flags)
  const changes: DeadLetterChange[] = []
  const progress = showProgress(flags.progress === true, () => changes.length, `of ${chosen.length.toLocaleString('en')}`)
  try {
    for await (const items of changed(words, chosen, flags)) changes.push(...items)
  } finally {
    progress.stop()
  }
  const over = chosen.length - changes.length
  await report(words, changes, over + changes.filter(isLater).length, flags)
}

/** Asks a page at a time, and no further than the bus has room for. */
async function* changed({ verb }: ChangeWords, chosen: readonly string[], flags: ChangeFlags): AsyncGenerator<readonly DeadLetterChange[]> {
  const { askBus } = await import('./bus-http.js')
  const dryRun = flags.dryRun === true
  for (let at = 0, left = maxPerRequest; at < chosen.length && left > 0; ) {
    const ids = chosen.slice(at, at + Math.min(maxPerRequest, left))
    const {
      items,
      taken,
      room = maxPerRequest,
    } = await askBus<DeadLetterChanges>(flags.url, `/v1/dead-letters/${verb}`, {
      method: 'POST',
      body: { ids, dryRun },
    })
    yield items
    at += ids.length
    // A dry run takes no room: what the pages before would take is taken off here.
    left = dryRun && at > ids.length ? Math.min(left - taken, room) : room
  }
}

function checkNamed(ids: readonly string[], flags: ChangeFlags): readonly string[] {
  if (Object.keys(filterOf(flags)).length > 0 || flags.all)
    throw new WrongUse('Name dead letters by their ids, or choose them with --adapter, --topic and the like: not both.')
  return ids
}

/** Those that are open now, the oldest first. */
async function findOpen({ verb }: ChangeWords, flags: ChangeFlags): Promise<readonly string[]> {
  const filter = filterOf(flags)
  if (Object.keys(filter).length === 0 && !flags.all)
    throw new WrongUse(
      `Which dead letters? Name them (hms-sync dlq ${verb} 12 13), choose them with --adapter, --topic, --error-class, --since or --until, or say --all. With --dry-run nothing happens.`,
    )
  const { readPages } = await import('./pages.js')
  const { items, next } = await readPages<DeadLetterInfo>(flags.url, '/v1/dead-letters', { ...filter, state: 'open' }, maxPerRun)
  if (next !== undefined)
    say(`There are more than ${maxPerRun.toLocaleString('en')}. These are the newest; run the command again for the others.`)
  // One that newer state has overtaken meanwhile is listed as superseded, and is nothing that could be done.
  const open = items.filter(({ state }) => state === 'open')
  return open.map(({ id }) => id).reverse()
}

async function report({ done, would }: ChangeWords, changes: readonly DeadLetterChange[], remaining: number, flags: ChangeFlags) {
  const failed = changes.filter((change) => !change.ok && !isLater(change))
  if (failed.length + remaining > 0) process.exitCode = 1
  const taken = changes.filter(({ ok }) => ok)
  if (flags.json) return printJson({ items: changes, taken: taken.length, remaining })
  const shown = flags.dryRun ? [...taken, ...failed] : failed
  if (shown.length > 0) {
    await printList(shown, flags, {
      none: '',
      columns: [
        { title: 'ID', value: ({ id }) => id },
        { title: 'WHAT', value: (change) => (change.ok ? would : `not possible: ${change.reason}`) },
      ],
    })
  }
  if (changes.length === 0) return say('No open dead letter fits. Nothing happened.')
  say(`${counted(taken.length)} ${flags.dryRun ? would : done}${failed.length === 0 ? '.' : `, ${failed.length} not.`}`)
  if (remaining > 0)
    say(
      `${remaining.toLocaleString('en')} more remain${remaining === 1 ? 's' : ''}: so many may be on their way at once. Run the command again when those are through; \`hms-sync dlq list --state redriving\` shows them.`,
    )
}

/** Left open because as many as may be are on their way. */
function isLater(change: DeadLetterChange): boolean {
  return !change.ok && change.later === true
}

function counted(count: number): string {
  return `${count.toLocaleString('en')} dead letter${count === 1 ? '' : 's'}`
}
