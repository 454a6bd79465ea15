import { pathToFileURL } from 'node:url'
import { type Adapter, readAdapter } from '@hms-sync/adapter/host'
import { SyncError } from '@hms-sync/client'
import { locateSyntaxError } from './locate-syntax-error.js'
import { lendOwnPackages } from './own-packages.js'
import { readYamlAdapter } from './read-yaml-adapter.js'
import { loadTypeScript } from './typescript-loader.js'

/**
 * Loads an adapter file: YAML as data, everything else by running it and taking its default export.
 * @throws SyncError `invalid_config` with every fault of what it describes; an error naming file, line and column when it cannot be run.
 */
export async function loadAdapter(name: string, path: string): Promise<Adapter> {
  const adapter = /\.ya?ml$/.test(path) ? await readYamlAdapter(path) : readAdapter(await importDefault(path), path)
  if (adapter.name !== undefined && adapter.name !== name) {
    throw new SyncError(
      'invalid_config',
      `${path} says name: '${adapter.name}', but its file makes it "${name}". Leave the name out, or rename the file.`,
    )
  }
  return adapter
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
