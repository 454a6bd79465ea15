import type { DeadLetterDetail } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { deadLetterId } from './dead-letter-ids.js'
import { plain, print, printFacts, printJson, say } from './output.js'
import { localTime } from './times.js'
import { tryEntries, withDays } from './tries.js'

/** `hms-sync dlq show ID` */
export function dlqShowCommand(): Command {
  return busCommand({
    name: 'show',
    description: 'Show one dead letter: why it gave up, what would be sent again, and each try with what was asked and answered.',
    examples: [
      ['hms-sync dlq show 12', 'everything the bus knows of it'],
      ['hms-sync dlq show 12 --json', 'the same for programs'],
    ],
  })
    .argument('<id>', 'the dead letter, as `dlq list` names it', deadLetterId)
    .action(showDeadLetter)
}

async function showDeadLetter(id: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  await printDeadLetter(await askBus<DeadLetterDetail>(flags.url, `/v1/dead-letters/${encodeURIComponent(id)}`), flags)
}

/** One dead letter to read; for programs the bus's own document. */
export async function printDeadLetter(letter: DeadLetterDetail, flags: CommonOptions): Promise<void> {
  if (flags.json) return printJson(letter)
  const { content, tries } = letter
  await printFacts([
    ['dead letter', letter.id],
    ['state', letter.state],
    ['adapter', letter.group],
    ['topic', letter.topic],
    ['event', letter.event],
    ['key', letter.key ?? 'none'],
    ['published', `${localTime(content.time)} by ${content.source}`],
    ['gave up', `${localTime(letter.at)}, tries that counted: ${letter.attempts}`],
    ['reason', letter.errorClass === null ? letter.reason : `${letter.reason} (${letter.errorClass})`],
    ...(letter.parked === 0 ? [] : [['parked', `${letter.parked} later events of its key wait behind it`] as const]),
  ])
  const payload = JSON.stringify(content.payload, null, 2).split('\n').map(plain).join('\n')
  await print(`\npayload${letter.edited ? ' (mended; the log keeps what was published)' : ''}\n${payload}`)
  if (tries.length > 0) await print(`\ntries\n${withDays(tryEntries(tries)).join('\n')}`)
  if (letter.state === 'open') sayWhatNext(letter.id)
}

function sayWhatNext(id: string): void {
  say(
    `\nMend it: hms-sync dlq edit ${plain(id)}   Send it again: hms-sync dlq redrive ${plain(id)}   Let it go: hms-sync dlq skip ${plain(id)}`,
  )
}
