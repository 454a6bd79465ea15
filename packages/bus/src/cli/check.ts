import type { Command } from 'commander'
import type { Project } from '../registry/config.js'
import { type CommonOptions, folderCommand } from './command.js'
import { plain, print, printJson, say } from './output.js'

/** `hms-sync check [FOLDER]` */
export function checkCommand(): Command {
  return folderCommand({
    name: 'check',
    description:
      'Check the files of a project folder: every fault at once, as file:line:column, and what to write instead. Exit code 1 on faults.\nWithout faults it says what every (topic, adapter) pair really gets. Adapter files are loaded, as the bus would; nothing is sent.',
    examples: [
      ['hms-sync check', 'the current folder'],
      ['hms-sync check city-sync --json', 'for an editor or CI'],
    ],
  })
    .argument('[folder]', 'the project folder', '.')
    .action(check)
}

async function check(folder: string, flags: CommonOptions): Promise<void> {
  const [{ loadProject }, { ConfigError, renderFault }, { inspectAdapters }, { adapterFaults, guaranteesOf }] = await Promise.all([
    import('../registry/load-project.js'),
    import('../registry/config-error.js'),
    import('../adapters/inspect-adapters.js'),
    import('./check-guarantees.js'),
  ])
  const found = await loadProject({ folder, env: process.env }).catch((error: unknown) => {
    if (error instanceof ConfigError) return error
    throw error
  })
  const adapters = found instanceof ConfigError ? [] : await inspectAdapters(found)
  const faults = found instanceof ConfigError ? found.configFaults : adapterFaults(adapters)
  if (found instanceof ConfigError || faults.length > 0) {
    process.exitCode = 1
    await print(flags.json ? JSON.stringify({ items: faults }) : faults.map(renderFault).join('\n'))
    if (!flags.json) say(faults.length === 1 ? 'One fault.' : `${faults.length} faults.`)
    return
  }
  const guarantees = guaranteesOf(found, adapters)
  if (flags.json) return printJson({ items: [], remarks: found.remarks, guarantees })
  await printProject(found, guarantees)
}

async function printProject(
  { topics, adapterFiles, remarks }: Project,
  guarantees: ReturnType<typeof import('./check-guarantees.js').guaranteesOf>,
): Promise<void> {
  for (const remark of remarks) await print(`remark: ${plain(remark)}`)
  for (const { topic, adapter, guarantee } of guarantees) await print(`${topic} -> ${adapter}: ${guarantee}`)
  say(
    `No faults: ${topics.length} topic${topics.length === 1 ? '' : 's'}, ${adapterFiles.length} adapter${adapterFiles.length === 1 ? '' : 's'}.`,
  )
}
