import { Command } from 'commander'

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean
  readonly url?: string
}

export interface CommandSpec {
  readonly name: string
  readonly description: string
  /** Command lines for `--help`, each with a word on what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[]
}

/** A command with `--json`, and with examples in its `--help`. */
export function folderCommand(spec: CommandSpec): Command {
  const width = Math.max(...spec.examples.map(([line]) => line.length))
  const examples = spec.examples.map(([line, what]) => `  $ ${line.padEnd(width)}  # ${what}`)
  return new Command(spec.name)
    .description(spec.description)
    .option('--json', 'print JSON for programs')
    .addHelpText('after', `\nExamples:\n${examples.join('\n')}`)
}

/** The same for a command that speaks to a bus. */
export function busCommand(spec: CommandSpec): Command {
  return folderCommand(spec).option('--url <url>', 'the bus (default: EVENT_BUS_URL, else http://127.0.0.1:4280)')
}

/** A command that only holds others: `topics`, `groups`. */
export function familyCommand(name: string, description: string, children: readonly Command[]): Command {
  const family = new Command(name).description(description)
  for (const child of children) family.addCommand(child)
  return family
}
