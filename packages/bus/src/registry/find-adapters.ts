import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigFault, Project } from './config.js'
import { faultOfPlace } from './config-error.js'
import { entriesOf } from './project-files.js'
import { principalNamePattern } from './topics-schema.js'

type AdapterFile = Project['adapterFiles'][number]

export interface AdaptersFound {
  readonly files: readonly AdapterFile[]
  readonly faults: readonly ConfigFault[]
  readonly remarks: readonly string[]
}

/** Finds `adapters/NAME.{ts,js,mjs,yaml,yml}` and `adapters/NAME/adapter.{…}`. Nothing else in the folder is ever loaded, nothing is run here. */
export async function findAdapters(folder: string): Promise<AdaptersFound> {
  const home = join(folder, 'adapters')
  const files: AdapterFile[] = []
  const faults: ConfigFault[] = []
  const remarks: string[] = []
  const taken = new Map<string, string>()
  for (const entry of await entriesOf(home)) {
    if (entry.name.startsWith('.')) continue
    const isFolder = entry.isSymbolicLink() ? await leadsToFolder(join(home, entry.name)) : entry.isDirectory()
    const inside = isFolder ? (await entriesOf(join(home, entry.name))).map((file) => file.name) : []
    const found = isFolder
      ? inside.filter((name) => adapterFile.test(name)).map((name) => `${entry.name}/${name}`)
      : [entry.name].filter((name) => topFile.test(name))
    for (const path of found) {
      const name = path.split(/[./]/, 1)[0] ?? ''
      const fault = faultOf(isFolder ? entry.name : name, path, taken)
      if (fault === null) files.push({ name, path: join(home, path) })
      else faults.push(fault)
    }
    const index = inside.find((name) => /^index\.(ts|js|mjs)$/.test(name))
    if (found.length === 0 && index !== undefined)
      remarks.push(`adapters/${entry.name}/${index} is not loaded. To make it an adapter of the bus, call it adapter${index.slice(5)}.`)
  }
  return { files, faults, remarks }
}

/** No dot in the name: `x.test.ts`, `x.d.ts` and `x.config.js` are not adapters. */
const topFile = /^[^.]+\.(ts|js|mjs|yaml|yml)$/
const adapterFile = /^adapter\.(ts|js|mjs|yaml|yml)$/
const adapterName = new RegExp(principalNamePattern)

function faultOf(name: string, path: string, taken: Map<string, string>): ConfigFault | null {
  const shown = `adapters/${path}`
  if (name.includes('.') || !adapterName.test(name)) {
    return faultOfPlace(
      shown,
      name,
      'This is not an adapter’s name. Write letters, digits, dashes and underscores, beginning with a letter or digit, at most 100.',
    )
  }
  const other = taken.get(name)
  if (other !== undefined)
    return faultOfPlace(shown, name, `Two adapters have this name; the other is adapters/${other}. Remove or rename one.`)
  taken.set(name, path)
  return null
}

async function leadsToFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
