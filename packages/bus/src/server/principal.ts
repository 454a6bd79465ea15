import type { IncomingHttpHeaders } from 'node:http'
import { namedPrincipal, type Principal } from '../security/principal.js'

/**
 * Who calls, on open loopback: the user of Basic authentication (`http://name:key@host`), else the header
 * `Hms-Sync-Name`, else `anonymous`. Nobody can prove a name here, and the key is not looked at.
 * @throws SyncError `invalid_request` for a name that is none.
 */
export function principalOf(headers: IncomingHttpHeaders): Principal {
  return namedPrincipal(basicUser(headers.authorization) ?? headers['hms-sync-name'])
}

function basicUser(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^basic +([A-Za-z0-9+/]{1,2000}={0,2}) *$/i.exec(authorization)
  if (match === null) return undefined
  const text = Buffer.from(match[1]!, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? text : text.slice(0, colon)
}
