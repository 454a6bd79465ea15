import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type CommonOptions, folderCommand } from './command.js'
import { print, printJson, say } from './output.js'

/** `hms-sync init [FOLDER]` */
export function initCommand(): Command {
  return folderCommand({
    name: 'init',
    description: 'Write a small commented project. Files that are there already stay as they are.',
    examples: [
      ['hms-sync init', 'into the current folder'],
      ['hms-sync init city-sync', 'into a new folder'],
    ],
  })
    .argument('[folder]', 'where', '.')
    .action(init)
}

async function init(folder: string, flags: CommonOptions): Promise<void> {
  const { writeMissing, starterFiles } = await import('./starter.js')
  const { written, kept } = await writeMissing(resolve(folder), starterFiles)
  if (flags.json) return printJson({ folder: resolve(folder), written, kept })
  for (const file of written) await print(`wrote ${file}`)
  for (const file of kept) await print(`kept  ${file} (it was there)`)
  const where = folder === '.' ? '' : ` ${folder}`
  say(
    `\nNext:\n  hms-sync serve${where}\n  hms-sync publish inspections.status '{"inspectionId":99,"newStatus":"Completed"}'\n  hms-sync subscribe inspections.status --since=10m`,
  )
}
