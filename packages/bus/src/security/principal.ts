import { SyncError } from '@hms-sync/client'
import { principalNamePattern } from '../registry/topics-schema.js'

/** Who calls. On open loopback the name is what the client says, `anonymous` without one. */
export interface Principal {
  readonly name: string
}

export const anonymous: Principal = { name: 'anonymous' }

const nameForm = new RegExp(principalNamePattern)

/** On open loopback nobody can prove a name; it only has to be one. @throws SyncError `invalid_request` for a name that is none. */
export function namedPrincipal(name: string | readonly string[] | undefined): Principal {
  return name === undefined || name === '' || name === anonymous.name ? anonymous : { name: checkName(String(name), 'principal') }
}

/** Principals and groups are named by one rule, which the files follow too. @throws SyncError `invalid_request`. */
export function checkName(name: string, what: 'principal' | 'group'): string {
  if (typeof name === 'string' && nameForm.test(name)) return name
  throw new SyncError(
    'invalid_request',
    `"${String(name).slice(0, 60)}" cannot be the name of a ${what}. Use 1 to 100 letters, digits, dots, hyphens, underscores or @, beginning with a letter or a digit.`,
  )
}
