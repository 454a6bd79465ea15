import type { Command } from 'commander'
import { familyCommand } from './command.js'
import { dlqEditCommand } from './dlq-edit.js'
import { dlqListCommand } from './dlq-list.js'
import { dlqRedriveCommand } from './dlq-redrive.js'
import { dlqShowCommand } from './dlq-show.js'
import { dlqSkipCommand } from './dlq-skip.js'

/** `hms-sync dlq …` */
export function dlqCommand(): Command {
  return familyCommand('dlq', 'Dead letters: deliveries that gave up. Look at them, mend them, send them again, let them go.', [
    dlqListCommand(),
    dlqShowCommand(),
    dlqEditCommand(),
    dlqRedriveCommand(),
    dlqSkipCommand(),
  ])
}
