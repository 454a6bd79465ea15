import { readFile, stat } from 'node:fs/promises'
import { type Fault, SyncError } from '@hms-sync/client'
import type { Adapter } from '../adapter.js'
import { noSuchKey } from '../faults.js'
import { readAdapter } from '../reading/read-adapter.js'
import { type FileFault, faultText, renderFault } from '../yaml/file-fault.js'
import { LocatedYaml, type Path } from '../yaml/located-yaml.js'
import { maxYamlBytes } from '../yaml/yaml-bounds.js'

/**
 * Reads an adapter written as data: the keys of the short or full form, sinks by their kind, `filter` and `map` as paths
 * and expressions. @throws SyncError `invalid_config` with every fault at its file, line and column.
 */
export async function readDataAdapter(path: string): Promise<Adapter> {
  if ((await stat(path)).size > maxYamlBytes)
    throw inPlaces([{ file: path, line: 0, column: 0, text: '', message: 'The file is larger than 1 MiB.' }])
  const document = new LocatedYaml(path, await readFile(path, 'utf8'))
  if (document.faults.length > 0) throw inPlaces(document.faults)
  return located(
    () => readAdapter(document.value, path),
    (fault) => locate(document, fault),
  )
}

/** What reading throws, with each fault at its place. */
export function located(read: () => Adapter, place: (fault: Fault) => FileFault): Adapter {
  try {
    return read()
  } catch (error) {
    if (error instanceof SyncError && error.faults.length > 0) throw inPlaces(error.faults.map(place))
    throw error
  }
}

/** A JSON pointer as its parts. */
export function partsOf(pointer: string): readonly string[] {
  if (pointer === '') return []
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function inPlaces(faults: readonly FileFault[]): SyncError {
  return new SyncError('invalid_config', faults.map(renderFault).join('\n'))
}

function locate(document: LocatedYaml, { pointer, message }: Fault): FileFault {
  const path: Path = partsOf(pointer)
  if (document.has(path)) return document.faultAt(path, message, message.startsWith(noSuchKey) ? 'key' : 'value')
  // What is missing has no place of its own: it is told where it belongs, by name.
  const missing = path.findIndex((_, i) => !document.has(path.slice(0, i + 1)))
  return { ...document.faultAt(path.slice(0, missing), message, 'key'), text: faultText(path.slice(missing).join('.')) }
}
