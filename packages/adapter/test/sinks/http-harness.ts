import { http } from '#dist/sinks/http.js'
import { HostileHttp, type SinkHarness, type SinkValue } from '#dist/testing/index.js'
import type { Sink } from '../../src/sink.js'
import type { HttpOptions } from '../../src/sinks/http/http-options.js'

const noDisk = { impossible: 'an HTTP system hides what it writes to' }
const token = 'secret-token-8d1c'

/** The HTTP sink on the hostile system of the suite. */
export class HttpHarness implements SinkHarness {
  readonly #options: Partial<HttpOptions>
  readonly #probes: boolean
  readonly refusesBadText = true
  readonly secrets = [token]
  #system: HostileHttp | undefined

  constructor({ probes = false, ...options }: Partial<HttpOptions> & { readonly probes?: boolean } = {}) {
    this.#options = options
    this.#probes = probes
  }

  readonly troubles: SinkHarness['troubles'] = {
    asks_to_wait: () => this.system.turn('asks_to_wait'),
    overloaded: () => this.system.turn('overloaded'),
    refuses_connections: () => this.system.turn('refuses_connections'),
    refuses_credentials: () => this.system.turn('refuses_credentials'),
    fails_once: () => this.system.turn('fails_once'),
    resets_before: () => this.system.turn('resets_before'),
    applies_then_resets: () => this.system.turn('applies_then_resets'),
    applies_then_hangs: () => this.system.turn('applies_then_hangs'),
    hangs: () => this.system.turn('hangs'),
    slow: () => this.system.turn('slow'),
    truncates: () => this.system.turn('truncates'),
    wrong_type: () => this.system.turn('wrong_type'),
    babbles: () => this.system.turn('babbles'),
    locked: noDisk,
    full: noDisk,
    gone: noDisk,
  }

  get system(): HostileHttp {
    if (this.#system === undefined) throw new Error('not open')
    return this.#system
  }

  async open(): Promise<Sink> {
    this.#system = await HostileHttp.start()
    return this.reopen()
  }

  async reopen(): Promise<Sink> {
    process.env.HTTP_HARNESS_TOKEN = token
    return http({
      url: `${this.system.url}/permits`,
      headers: { authorization: 'Bearer env:HTTP_HARNESS_TOKEN' },
      timeoutMs: 1_500,
      ...(this.#probes ? { probe: `${this.system.url}/changes/{$event.id}` } : {}),
      ...this.#options,
    })
  }

  async effects(): Promise<readonly SinkValue[]> {
    return [...this.system.effects]
  }

  mend(): Promise<void> {
    return this.system.mend()
  }

  async dispose(): Promise<void> {
    await this.#system?.close()
  }
}
