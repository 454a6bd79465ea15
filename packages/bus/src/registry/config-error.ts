import { faultText, renderFault } from '@hms-sync/adapter/yaml'
import { SyncError } from '@hms-sync/client'
import type { ConfigFault } from './config.js'

export { renderFault }

/** More faults than this are counted, not printed. */
const maxShown = 100

/** Every fault of the project's files at once. The message has one line for each: file:line:column, the text, what to write. */
export class ConfigError extends SyncError {
  readonly configFaults: readonly ConfigFault[]

  constructor(configFaults: readonly ConfigFault[]) {
    super('invalid_config', render(configFaults))
    this.configFaults = configFaults
  }
}

/** A fault that belongs to a file as a whole, a flag or a variable. */
export function faultOfPlace(file: string, text: string, message: string): ConfigFault {
  return { file, line: 0, column: 0, text: faultText(text), message }
}

function render(faults: readonly ConfigFault[]): string {
  const lines = faults.slice(0, maxShown).map(renderFault)
  if (faults.length > maxShown) lines.push(`… and ${faults.length - maxShown} faults more.`)
  return lines.join('\n')
}
