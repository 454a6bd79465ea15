import type { IncomingHttpHeaders } from 'node:http'
import { SyncError } from '@hms-sync/client'
import type { Principal } from '../publish/incoming.js'

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
export const anonymous: Principal = { name: 'anonymous' }

/**
 * Who calls, on open loopback: the user of Basic authentication (`http://name:key@host`), else the header
 * `Hms-Sync-Name`, else `anonymous`. Nobody can prove a name here, and the key is not looked at.
 * @throws SyncError `invalid_request` for a name that is none.
 */
export function principalOf(headers: IncomingHttpHeaders): Principal {
  return namedPrincipal(basicUser(headers.authorization) ?? headers['hms-sync-name'])
}

/** @throws SyncError `invalid_request` for a name that is none. */
export function namedPrincipal(name: string | readonly string[] | undefined): Principal {
  return name === undefined || name === '' || name === anonymous.name ? anonymous : { name: checkName(String(name), 'principal') }
}

/** Principals and groups are named by one rule. @throws SyncError `invalid_request`. */
export function checkName(name: string, what: 'principal' | 'group'): string {
  if (namePattern.test(name)) return name
  throw new SyncError(
    'invalid_request',
    `"${name.slice(0, 60)}" cannot be the name of a ${what}. Use 1 to 100 letters, digits, dots, hyphens or underscores, beginning with a letter or a digit.`,
  )
}

function basicUser(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^basic +([A-Za-z0-9+/]{1,2000}={0,2}) *$/i.exec(authorization)
  if (match === null) return undefined
  const text = Buffer.from(match[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? text : text.slice(0, colon)
}
