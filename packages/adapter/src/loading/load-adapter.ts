import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { SyncError } from '@hms-sync/client'
import type { Adapter } from '../adapter.js'
import { readAdapter } from '../reading/read-adapter.js'
import { locateInCode } from './locate-in-code.js'
import { locateSyntaxError } from './locate-syntax-error.js'
import { lendOwnPackages } from './own-packages.js'
import { located, readDataAdapter } from './read-data.js'
import { loadTypeScript } from './typescript-loader.js'

/**
 * Loads an adapter file: YAML as data, everything else by running it and taking its default export.
 * @throws SyncError `invalid_config` with every fault of what it describes, each with file, line and column; an error
 * naming file, line and column when it cannot be run.
 */
export async function loadAdapter(name: string, path: string): Promise<Adapter> {
  const adapter = /\.ya?ml$/.test(path) ? await readDataAdapter(path) : await readCodeAdapter(path)
  if (adapter.name !== undefined && adapter.name !== name) {
    throw new SyncError(
      'invalid_config',
      `${path} says name: '${adapter.name}', but its file makes it "${name}". Leave the name out, or rename the file.`,
    )
  }
  return adapter
}

async function readCodeAdapter(path: string): Promise<Adapter> {
  const source = await readFile(path, 'utf8')
  const place = (fault: Parameters<typeof locateInCode>[2]) => locateInCode(path, source, fault)
  let config: unknown
  try {
    config = await importDefault(path)
  } catch (error) {
    // defineAdapter() has found the faults already.
    return located(() => {
      throw error
    }, place)
  }
  return located(() => readAdapter(config, path), place)
}

async function importDefault(path: string): Promise<unknown> {
  if (path.endsWith('.ts')) return loadTypeScript(path)
  const { href } = pathToFileURL(path)
  try {
    return await defaultOf(href)
  } catch (error) {
    if (error instanceof SyntaxError) throw await locateSyntaxError(error, path)
    if (!isMissingPackage(error)) throw error
    lendOwnPackages()
    // Another address, because a module that once failed to link stays failed.
    return await defaultOf(`${href}?again`)
  }
}

async function defaultOf(href: string): Promise<unknown> {
  const module = (await import(href)) as { readonly default?: unknown }
  return module.default
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes("'@hms-sync/")
}
