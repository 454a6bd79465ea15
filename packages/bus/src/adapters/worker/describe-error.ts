import { fileURLToPath } from 'node:url'
import { printableThrown } from '@hms-sync/adapter/host'

const maxCharacters = 500

/** Why a worker died, behind "the adapter …". */
export function describeDeath(error: unknown, maxHeapMiB: number): string {
  if ((error as NodeJS.ErrnoException)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return `used more than ${maxHeapMiB} MiB of memory`
  return `failed outside of its mapping: ${describeError(error)}`
}

/** What was thrown, and the first place in a file of the operator's that its stack names. */
export function describeError(error: unknown): string {
  const place = error instanceof Error && typeof error.stack === 'string' ? placeIn(error.stack) : null
  return `${place === null ? '' : `${place}: `}${printableThrown(error, maxCharacters)}`
}

/** `file:line:column` of the first stack frame that is neither Node's nor one of this package. */
function placeIn(stack: string): string | null {
  for (const line of stack.split('\n')) {
    if (
      !/^\s+at /.test(line) ||
      line.includes('node:') ||
      line.includes('/node_modules/') ||
      ownFolders.some((folder) => line.includes(folder))
    )
      continue
    const match = /(?:\(|at (?:async )?)((?:file:\/\/)?\/.+?)(?:\?[^:]*)?:(\d+):(\d+)\)?$/.exec(line)
    if (match !== null) return `${asPath(match[1]!)}:${match[2]}:${match[3]}`
  }
  return null
}

function asPath(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}

/** `…/dist/adapters/`, and where the loading of files is. */
const ownFolders = [new URL('..', import.meta.url), new URL('.', import.meta.resolve('@hms-sync/adapter'))].map((url) => fileURLToPath(url))
