import type { createProgram } from '../../packages/bus/dist/cli/program.js'

type Command = ReturnType<typeof createProgram>

/** The page of commands, as `--help` prints them. */
export function cliPage(program: Command): string {
  return `# Commands

In a checkout the command is \`npx hms-sync\`; where the package is installed, \`npx hms-sync\` or, globally, \`hms-sync\`.
Data goes to stdout, everything else to stderr. Exit code 0: done; 1: failed; 2: wrong use. \`--json\` makes lists one document
\`{"items":[…]}\` and streams one event a line.

\`EVENT_BUS_URL\` names the bus (default \`http://127.0.0.1:4280\`); \`--url\` beats it.

${families(program)
  .map(({ name, command }) => `## ${name}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`)
  .join('\n')}`
}

/** Every command that does something, under its full name. */
function families(command: Command, path: readonly string[] = [command.name()]): { name: string; command: Command }[] {
  const children = command.commands.filter((child) => child.name() !== 'help') as readonly Command[]
  if (children.length === 0) return [{ name: path.join(' '), command }]
  return children.flatMap((child) => families(child, [...path, child.name()]))
}

/** `helpInformation` leaves out what `addHelpText` adds, which `outputHelp` writes. The width is fixed, so that terminals do not change the page. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 110 })
  command.outputHelp()
  return text.trimEnd()
}
