import { SyncError } from '@hms-sync/client'
import type { ConfigFault } from './config.js'

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

/** `topics.yaml:3:14: "7 dayz": …`. A fault without a line (a flag, a variable, a whole folder) names its place alone. */
export function renderFault({ file, line, column, text, message }: ConfigFault): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return text === '' ? `${place}: ${message}` : `${place}: ${JSON.stringify(text)}: ${message}`
}

/** One line of at most 80 characters, without the password that a URL may hold. */
export function faultText(text: string): string {
  const line = (text.split('\n', 1)[0] ?? '').trimEnd().replace(/(:\/\/)[^\s/@]*@/g, '$1…@')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
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
