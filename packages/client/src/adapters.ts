import type { Report } from './answer.js'
import { answered } from './answer.js'
import type { AdapterRegistry, Bus, RegisteredAdapter } from './bus.js'
import { SyncError } from './errors.js'

/** Held in a variable, so that the client does not depend on the package that depends on it; found at run time. */
const hostPackage = '@hms-sync/adapter'

type HostAdapter = (bus: Bus, name: string, config: object) => Promise<RegisteredAdapter>

/** The adapters that this process carries; they end with the bus. */
export class Adapters implements AdapterRegistry {
  readonly #bus: Bus
  readonly #report: Report
  readonly #hosted = new Set<RegisteredAdapter>()

  constructor(bus: Bus, report: Report) {
    this.#bus = bus
    this.#report = report
  }

  register(name: string, config: object): Promise<RegisteredAdapter> {
    return answered(this.#report, async () => {
      const hostAdapter = await loadHost()
      const hosted = await hostAdapter(this.#bus, name, config)
      this.#hosted.add(hosted)
      return hosted
    })
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#hosted].map((hosted) => hosted.close()))
    this.#hosted.clear()
  }
}

async function loadHost(): Promise<HostAdapter> {
  let found: { readonly hostAdapter?: HostAdapter }
  try {
    found = await import(/* @vite-ignore */ /* webpackIgnore: true */ hostPackage)
  } catch (cause) {
    const missing = (cause as { code?: string }).code === 'ERR_MODULE_NOT_FOUND' && String((cause as Error).message).includes(hostPackage)
    if (!missing) throw cause
    throw new SyncError(
      'not_supported_yet',
      `Adapters are hosted by a package of their own, which is not installed here. Run: npm install ${hostPackage}`,
      { cause },
    )
  }
  if (typeof found.hostAdapter === 'function') return found.hostAdapter
  throw new SyncError('not_supported_yet', `The ${hostPackage} installed here cannot host adapters. Run: npm install ${hostPackage}@latest`)
}
