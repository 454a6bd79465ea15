import { lookup as lookupName } from 'node:dns'
import { BlockList, isIP, type LookupFunction, type Socket } from 'node:net'
import { buildConnector } from 'undici'
import { addRange, addressClass } from './address-class.js'

/** What a TLS connection needs of one's own: authorities beside the known ones, and who we are. PEM texts. */
export interface TlsFiles {
  readonly ca?: string[]
  readonly cert?: string
  readonly key?: string
}

/**
 * Decides which addresses a sink may dial, by the address itself and never by its name: a name's owner can point it
 * anywhere. Public unicast is open. Private networks need an entry under `allow`. Link-local and metadata addresses
 * are never dialled, whatever `allow` says. Loopback is open to a URL that spells it out (`localhost`, `127.0.0.1`,
 * `[::1]`): who writes that runs code on this machine already, and no name server can bring it about.
 */
export class OutboundGuard {
  readonly #host: string
  readonly #ranges = new BlockList()
  readonly #hostAllowed: boolean
  readonly #loopbackSpelled: boolean
  readonly #resolve: typeof lookupName

  /** @param host The URL's host, without brackets. @param allow Addresses, CIDR ranges, host names: see `allowFault`. */
  constructor(host: string, allow: readonly string[], resolve = lookupName) {
    this.#resolve = resolve
    this.#host = host.toLowerCase()
    for (const entry of allow) addRange(this.#ranges, entry)
    this.#hostAllowed = allow.some((entry) => entry.toLowerCase() === this.#host)
    this.#loopbackSpelled =
      this.#host === 'localhost' || this.#host.endsWith('.localhost') || (isIP(host) !== 0 && addressClass(host) === 'loopback')
  }

  /** Why this address may not be dialled, and what to write; null when it may. */
  fault(address: string): string | null {
    const kind = addressClass(address)
    if (kind === 'public') return null
    const dialled = address === this.#host ? address : `${this.#host} (${address})`
    if (kind === 'never') return `${dialled} is a link-local, metadata or multicast address, which adapters never dial`
    if (kind === 'loopback' && this.#loopbackSpelled) return null
    if (this.#hostAllowed || this.#ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) return null
    return `${dialled} is a ${kind} address; if the adapter is meant to reach it, write allow: ['${this.#host}'], or its range such as '10.0.0.0/8'`
  }

  /**
   * undici's connector with the guard in it. undici calls `lookup` for names only, so literals are checked before they
   * are dialled, and the connected socket's own address once more before a byte is sent.
   */
  connector(timeoutMs: number, tls: TlsFiles = {}): buildConnector.connector {
    const dial = buildConnector({
      ...tls,
      timeout: timeoutMs,
      rejectUnauthorized: true,
      keepAlive: true,
      lookup: this.#lookup,
    })
    return (options, callback) => {
      const literal = options.hostname.replace(/^\[|\]$/g, '')
      const fault = isIP(literal) === 0 ? null : this.fault(literal)
      if (fault !== null) return callback(new AddressRefused(fault), null)
      return dial(options, (...[error, socket]: buildConnector.CallbackArgs) => {
        if (error !== null) return callback(error, null)
        const reached = this.#reachedFault(socket)
        if (reached === null) return callback(null, socket)
        socket.destroy()
        return callback(new AddressRefused(reached), null)
      })
    }
  }

  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      const open = addresses.filter(({ address }) => this.fault(address) === null)
      const first = open[0]
      if (first === undefined)
        return callback(new AddressRefused(this.fault(addresses[0]?.address ?? '') ?? `${hostname} has no address`), '', 0)
      return options.all === true ? callback(null, open) : callback(null, first.address, first.family)
    })
  }

  #reachedFault(socket: Socket): string | null {
    return socket.remoteAddress === undefined ? null : this.fault(socket.remoteAddress.replace(/^::ffff:(?=\d+\.)/i, ''))
  }
}

/** The guard said no. Its message says what to write. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'HMS_ADDRESS_REFUSED'
}

/** What is wrong with an entry of `allow`, or null. */
export function allowFault(entry: unknown): string | null {
  const help = 'write an address (10.1.2.3), a CIDR range (10.0.0.0/8) or a host name'
  if (typeof entry !== 'string') return help
  if (addRange(new BlockList(), entry)) {
    return addressClass(entry.split('/')[0]!) === 'never' ? `"${entry}" is link-local, metadata or multicast, which no entry opens` : null
  }
  return /^(?=.{1,253}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(entry) && !/^[\d.]+$/.test(entry)
    ? null
    : `"${entry.slice(0, 60)}" is none of these: ${help}`
}
