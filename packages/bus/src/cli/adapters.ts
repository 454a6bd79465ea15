import type { Command } from 'commander'
import { adaptersListCommand } from './adapters-list.js'
import { adaptersPauseCommand, adaptersResumeCommand } from './adapters-pause.js'
import { adaptersReloadCommand } from './adapters-reload.js'
import { adaptersShowCommand } from './adapters-show.js'
import { adaptersTestCommand } from './adapters-test.js'
import { familyCommand } from './command.js'

/** `hms-sync adapters …` */
export function adaptersCommand(): Command {
  return familyCommand('adapters', 'The plugs between the bus and the external systems.', [
    adaptersListCommand(),
    adaptersShowCommand(),
    adaptersTestCommand(),
    adaptersPauseCommand(),
    adaptersResumeCommand(),
    adaptersReloadCommand(),
  ])
}
