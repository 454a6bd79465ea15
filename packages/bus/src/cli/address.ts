import { SyncError } from '@hms-sync/client'
import { WrongUse } from './failure.js'

/** Where the bus is, and where we know that from. */
export interface BusAddress {
  readonly url: URL
  readonly from: 'flag' | 'environment' | 'default'
  readonly where: string
}

const defaultUrl = 'http://127.0.0.1:4280'

/**
 * The bus to speak to: flag, environment, default.
 * @throws WrongUse when the text is no URL, or the flag that of a broker; SyncError `wrong_url` when the variable is.
 */
export function busAddress(flag: string | undefined): BusAddress {
  const [text, from, where] =
    flag !== undefined
      ? ([flag, 'flag', '--url'] as const)
      : process.env.EVENT_BUS_URL
        ? ([process.env.EVENT_BUS_URL, 'environment', 'EVENT_BUS_URL'] as const)
        : ([defaultUrl, 'default', 'default'] as const)
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null) throw new WrongUse(`${where} is not a URL. Write something like ${defaultUrl}.`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const message = `${where} starts with ${url.protocol}//, which is not a bus. It must be the http(s):// address of hms-sync, never that of the broker behind it, such as ${defaultUrl}.`
    throw from === 'flag' ? new WrongUse(message) : new SyncError('wrong_url', message)
  }
  return { url, from, where }
}

/** The address without its key. */
export function maskedUrl(url: URL): string {
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '***'
  return shown.href.replace(/\/$/, '')
}
