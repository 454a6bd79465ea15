import type { Command } from 'commander'
import { busCommand } from './command.js'
import { type ChangeFlags, changeDeadLetters, withChangeOptions } from './dlq-change.js'

/** `hms-sync dlq redrive` */
export function dlqRedriveCommand(): Command {
  const command = busCommand({
    name: 'redrive',
    description:
      'Send dead letters again, the oldest first, each in its turn of its key and with the Idempotency-Key it always had.\nExit code 0 means that they are on their way, durably. Those whose key has newer state are refused.\nAt most 10,000 are on their way at once; how many remain is said, with exit code 1.',
    examples: [
      ['hms-sync dlq redrive 12', 'one'],
      ['hms-sync dlq redrive --adapter scheduling --error-class mapping --dry-run', 'what would happen'],
      ['hms-sync dlq redrive --topic permitApproved --since 2h', 'many, with progress'],
      ['hms-sync dlq list --state redriving', 'which are still on their way'],
    ],
  })
  return withChangeOptions(command).action((ids: readonly string[] | undefined, flags: ChangeFlags) =>
    changeDeadLetters(words, ids ?? [], flags),
  )
}

const words = { verb: 'redrive', done: 'on the way again', would: 'would be sent again' } as const
