import { readFile } from 'node:fs/promises'
import { type Adapter, readAdapter } from '@hms-sync/adapter/host'
import { type Fault, SyncError } from '@hms-sync/client'
import type { ConfigFault } from '../../registry/config.js'
import { ConfigError } from '../../registry/config-error.js'
import { LocatedYaml, type Path } from '../../registry/located-yaml.js'

/**
 * Reads an adapter written as data: the keys of the short form, with `map` as an object of paths.
 * @throws ConfigError with every fault at its file, line and column.
 */
export async function readYamlAdapter(path: string): Promise<Adapter> {
  const document = new LocatedYaml(path, await readFile(path, 'utf8'))
  if (document.faults.length > 0) throw new ConfigError(document.faults)
  try {
    return readAdapter(document.value, path)
  } catch (error) {
    if (error instanceof SyncError && error.faults.length > 0) throw new ConfigError(error.faults.map((fault) => locate(document, fault)))
    throw error
  }
}

function locate(document: LocatedYaml, { pointer, message }: Fault): ConfigFault {
  const path: Path =
    pointer === ''
      ? []
      : pointer
          .slice(1)
          .split('/')
          .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (document.has(path)) return document.faultAt(path, message)
  // What is missing has no place of its own: it is told at the head of the file, by name.
  return { ...document.faultAt([], message), text: String(path.at(-1) ?? '') }
}
