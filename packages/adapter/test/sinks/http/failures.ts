import type { lookup } from 'node:dns'
import { OutboundGuard } from '#dist/outbound-guard.js'
import type { SinkOutcome } from '../../../src/sink.js'
import type { FailureRule } from '../../../src/sinks/http/answer-rule.js'
import type { Authority } from './certificates.js'
import type { HttpBench } from './sink-bench.js'

type Failure = (bench: HttpBench, authority: Authority) => Promise<SinkOutcome>

/** What brings a row of the table about: real sockets, and where this machine cannot be brought to it, its own dialling. */
export function failureFor({ codes, sent }: FailureRule): Failure {
  const failure = (sent === true ? afterSending : beforeSending)[codes[0]!]
  if (failure === undefined) throw new Error(`nothing brings ${codes[0]} about`)
  return failure
}

const url = 'http://partner.example/'
const trusting = (authority: Authority) => ({ tls: { ca: `file:${authority.caFile}` } })

const beforeSending: Readonly<Record<string, Failure>> = {
  HMS_ADDRESS_REFUSED: (bench) => bench.send({ url }, {}, new OutboundGuard('partner.example', [], finds('127.0.0.1'))),
  ECONNREFUSED: async (bench) => bench.send({ url: await bench.closedPort() }),
  ENOTFOUND: (bench) => bench.send({ url }, {}, new OutboundGuard('partner.example', [], findsNothing('ENOTFOUND'))),
  'EAI_*': (bench) => bench.send({ url }, {}, new OutboundGuard('partner.example', [], findsNothing('EAI_AGAIN'))),
  EHOSTUNREACH: (bench) => bench.send({ url }, {}, new DiallingFails('EHOSTUNREACH')),
  EMFILE: (bench) => bench.send({ url }, {}, new DiallingFails('EMFILE')),
  UND_ERR_CONNECT_TIMEOUT: async (bench) => bench.send({ url: await bench.tcp('https', () => {}), timeoutMs: 6_000 }),
  DEPTH_ZERO_SELF_SIGNED_CERT: async (bench, authority) => bench.send({ url: await bench.tls(authority.selfSigned()) }),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: async (bench, authority) => bench.send({ url: await bench.tls(authority.signed('localhost')) }),
  CERT_HAS_EXPIRED: async (bench, authority) =>
    bench.send({ url: await bench.tls(authority.signed('localhost', 0)), ...trusting(authority) }),
  ERR_TLS_CERT_ALTNAME_INVALID: async (bench, authority) =>
    bench.send({ url: await bench.tls(authority.signed('other')), ...trusting(authority) }),
  ERR_SSL_WRONG_VERSION_NUMBER: async (bench) =>
    bench.send({ url: (await bench.http((_, response) => void response.end())).replace('http:', 'https:') }),
  // No cipher in common: those of RSA with a key that is none.
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: async (bench, authority) =>
    bench.send({ url: await bench.tls({ ...authority.signed('localhost'), maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }) }),
  'ERR_SSL_*': async (bench, authority) =>
    bench.send({ url: await bench.tls({ ...authority.signed('localhost'), maxVersion: 'TLSv1.1' }) }),
  HMS_TIMEOUT: async (bench) => (await bench.sendTwo({ url: await bench.http(() => {}), timeoutMs: 200 }))[1],
  HMS_STOPPED: async (bench) => (await stopped(bench))[1],
  UND_ERR_INVALID_ARG: async (bench) =>
    bench.send({ url: await bench.http((_, response) => void response.end()) }, { idempotencyKey: 'two\nlines' }),
  '*': async (bench) => bench.send({ url: await bench.tcp('https', (socket) => void socket.once('data', () => socket.destroy())) }),
}

const afterSending: Readonly<Record<string, Failure>> = {
  HMS_TIMEOUT: async (bench) => (await bench.sendTwo({ url: await bench.http(() => {}), timeoutMs: 200 }))[0],
  HMS_STOPPED: async (bench) => (await stopped(bench))[0],
  UND_ERR_HEADERS_OVERFLOW: async (bench) =>
    bench.send({ url: await bench.bytes(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`) }),
  'HPE_*': async (bench) => bench.send({ url: await bench.bytes('SSH-2.0-OpenSSH_9.2\r\n') }),
  HMS_BAD_UPGRADE: async (bench) =>
    bench.send({ url: await bench.bytes('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n') }),
  '*': async (bench) => bench.send({ url: await bench.tcp('http', (socket) => void socket.once('data', () => socket.resetAndDestroy())) }),
}

async function stopped(bench: HttpBench): ReturnType<HttpBench['sendTwo']> {
  const stop = new AbortController()
  return bench.sendTwo({ url: await bench.http(() => stop.abort()) }, stop.signal)
}

type Callback = (error: NodeJS.ErrnoException | null, addresses: object[]) => void

function finds(address: string): typeof lookup {
  return ((_name: string, _options: object, callback: Callback) => callback(null, [{ address, family: 4 }])) as unknown as typeof lookup
}

function findsNothing(code: string): typeof lookup {
  return ((_name: string, _options: object, callback: Callback) => callback(errorOf(code), [])) as unknown as typeof lookup
}

class DiallingFails extends OutboundGuard {
  readonly #code: string

  constructor(code: string) {
    super('partner.example', [])
    this.#code = code
  }

  override connector(): ReturnType<OutboundGuard['connector']> {
    return (_, callback) => setImmediate(() => callback(errorOf(this.#code), null))
  }
}

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
