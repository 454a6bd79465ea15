import { release } from 'node:os'

/** What this machine has that matters to a bus. */
export function machineFindings(
  sqliteVersion: string,
): readonly { readonly name: string; readonly value: string; readonly from: string; readonly where: string }[] {
  return [
    { name: 'Node', value: process.version, from: '', where: process.execPath },
    { name: 'SQLite', value: sqliteVersion, from: '', where: '@photostructure/sqlite' },
    { name: 'system', value: `${process.platform} ${release()} ${process.arch}`, from: '', where: '' },
  ]
}
