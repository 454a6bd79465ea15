import type { Command } from 'commander'
import { familyCommand } from './command.js'
import { topicsAddCommand } from './topics-add.js'
import { topicsApplyCommand } from './topics-apply.js'
import { topicsListCommand } from './topics-list.js'
import { topicsShowCommand } from './topics-show.js'

/** `hms-sync topics …` */
export function topicsCommand(): Command {
  return familyCommand('topics', 'List, show, add and apply topics.', [
    topicsListCommand(),
    topicsShowCommand(),
    topicsAddCommand(),
    topicsApplyCommand(),
  ])
}
