import { readFileSync } from 'node:fs'
import { deliveryPromise } from '@hms-sync/client'
import { Command } from 'commander'
import { adaptersCommand } from './adapters.js'
import { checkCommand } from './check.js'
import { deliveriesCommand } from './deliveries.js'
import { dlqCommand } from './dlq.js'
import { doctorCommand } from './doctor.js'
import { groupsCommand } from './groups.js'
import { initCommand } from './init.js'
import { publishCommand } from './publish.js'
import { replayCommand } from './replay.js'
import { serveCommand } from './serve.js'
import { subscribeCommand } from './subscribe.js'
import { topicsCommand } from './topics.js'
import { traceCommand } from './trace.js'

/** Every command with its options. Nothing heavy is imported here: each command imports what it needs when it runs. */
export function createProgram(): Command {
  const program = new Command('hms-sync')
    .description(`An External System Sync Bus: publish once, and every connected system gets it in order, ${deliveryPromise}.`)
    .version(packageVersion(), '-V, --version')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 failed, 2 wrong use. Data goes to stdout, everything else to stderr.

Start here:
  $ hms-sync init my-project && cd my-project
  $ hms-sync serve
  $ hms-sync publish inspections.status '{"inspectionId":99,"newStatus":"Completed"}'
  $ hms-sync subscribe inspections.status --since=10m`,
    )
  const commands = [
    serveCommand(),
    initCommand(),
    publishCommand(),
    subscribeCommand(),
    topicsCommand(),
    groupsCommand(),
    adaptersCommand(),
    dlqCommand(),
    deliveriesCommand(),
    traceCommand(),
    replayCommand(),
    checkCommand(),
    doctorCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  throwInsteadOfExit(program)
  return program
}

/** Lets `run` decide on the exit code, and adds the nearest name to what is misspelt. */
function throwInsteadOfExit(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: (text, write) => write(`hms-sync: ${text.replace(/^error: /, '')}`) })
  for (const child of command.commands) throwInsteadOfExit(child)
}

function packageVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return manifest.version
}
