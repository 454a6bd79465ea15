import type { Command } from 'commander'
import { familyCommand } from './command.js'
import { groupsDeleteCommand } from './groups-delete.js'
import { groupsListCommand } from './groups-list.js'
import { groupsSeekCommand } from './groups-seek.js'
import { groupsShowCommand } from './groups-show.js'

/** `hms-sync groups …` */
export function groupsCommand(): Command {
  return familyCommand('groups', 'List, show, move and delete groups: subscribers and adapters with a place of their own.', [
    groupsListCommand(),
    groupsShowCommand(),
    groupsSeekCommand(),
    groupsDeleteCommand(),
  ])
}
