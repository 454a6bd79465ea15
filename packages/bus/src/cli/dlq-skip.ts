import type { Command } from 'commander'
import { busCommand } from './command.js'
import { type ChangeFlags, changeDeadLetters, withChangeOptions } from './dlq-change.js'

/** `hms-sync dlq skip` */
export function dlqSkipCommand(): Command {
  const command = busCommand({
    name: 'skip',
    description: 'Let dead letters go: they are never sent, and what was parked behind them goes on.',
    examples: [
      ['hms-sync dlq skip 12 13', 'two of them'],
      ['hms-sync dlq skip --adapter legacy --until 30d --dry-run', 'what would happen'],
      ['hms-sync dlq skip --all', 'every open one'],
    ],
  })
  return withChangeOptions(command).action((ids: readonly string[] | undefined, flags: ChangeFlags) =>
    changeDeadLetters(words, ids ?? [], flags),
  )
}

const words = { verb: 'skip', done: 'let go', would: 'would be let go' } as const
