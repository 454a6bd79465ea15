import { errorClasses } from '@hms-sync/client'
import type { Command } from 'commander'
import { moment } from './moments.js'
import { oneOf } from './one-of.js'

/** Which dead letters a command is about. */
export interface FilterFlags {
  readonly adapter?: string
  readonly topic?: string
  readonly errorClass?: string
  readonly since?: string
  readonly until?: string
}

export function withFilter(command: Command): Command {
  return command
    .option('--adapter <name>', 'of this adapter, or of any other group')
    .option('--topic <topic>', 'of this topic')
    .option('--error-class <class>', 'that failed like this: mapping, refused, server_error, timeout …', oneOf(errorClasses))
    .option('--since <when>', 'that gave up since: a span (10m, 2h, 7d) or an ISO time', moment)
    .option('--until <when>', 'that gave up before: a span or an ISO time', moment)
}

/** The flags as the bus takes them, in a query or in a body; the others are left out. */
export function filterOf({ adapter, topic, errorClass, since, until }: FilterFlags): Readonly<Record<string, string>> {
  const given = Object.entries({ adapter, topic, errorClass, since, until })
  return Object.fromEntries(given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
