import type { IncomingHttpHeaders } from 'node:http'
import { SyncError } from '@hms-sync/client'

/**
 * The rule of open loopback, for every door: the Host must be a loopback name, so that no foreign DNS name can be
 * pointed here (DNS rebinding), and what a web page of another origin sends is refused, so that no page can publish
 * or read. Programs that are no browsers send neither Origin nor Sec-Fetch-Site.
 * @throws SyncError `forbidden_host`.
 */
export function createLoopbackGuard(): LoopbackGuard {
  let port = 0
  let lastHost = ''
  return {
    listensOn(actual) {
      port = actual
    },
    check(headers) {
      const { host, origin } = headers
      if (host !== lastHost || host === '') {
        if (host === undefined || !isLoopbackHost(host)) throw wrongHost(host)
        lastHost = host
      }
      if (origin !== undefined) {
        if (!isOwnOrigin(origin, port)) throw wrongOrigin(origin)
      } else if (headers['sec-fetch-site'] !== undefined) checkFetchSite(headers)
    },
  }
}

export interface LoopbackGuard {
  /** The port that was bound: part of the server's own origin. */
  listensOn(port: number): void
  check(headers: IncomingHttpHeaders): void
}

/** Is this address or name one that only this machine reaches? */
export function isLoopbackAddress(name: string): boolean {
  return /^(?:localhost|\[?::1\]?)$/i.test(name) || /^127(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(name)
}

function isLoopbackHost(host: string): boolean {
  const match = /^(\[[0-9a-f:]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host)
  return match !== null && isLoopbackAddress(match[1]!) && !/^::1$/.test(match[1]!)
}

/** Our own pages: any loopback name, but this port. */
function isOwnOrigin(origin: string, port: number): boolean {
  const match = /^http:\/\/(\[[0-9a-f:]+\]|[^:[\]/]+)(?::(\d{1,5}))?$/i.exec(origin)
  return match !== null && isLoopbackAddress(match[1]!) && Number(match[2] ?? 80) === port
}

/** Browsers send no Origin with images, scripts and such; following a link is allowed. */
function checkFetchSite(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate') return
  throw wrongOrigin('another site')
}

function wrongHost(host: string | undefined): SyncError {
  const given = host === undefined ? 'no Host at all' : `the Host "${host.slice(0, 80)}"`
  return new SyncError(
    'forbidden_host',
    `The request names ${given}. While no credentials are configured the bus answers only to localhost, 127.0.0.1 and [::1].`,
  )
}

function wrongOrigin(origin: string): SyncError {
  return new SyncError(
    'forbidden_host',
    `The request comes from a web page of ${origin.slice(0, 80)}. While no credentials are configured the bus serves no page but its own.`,
  )
}
