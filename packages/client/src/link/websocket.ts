import type { Address } from '../address.js'
import type { Problem } from '../errors.js'
import { errorCodes, fromProblem, SyncError } from '../errors.js'
import type { Channel, ChannelHandlers, OpenChannel } from './open-channel.js'

/** Frames to the bus at `address`: by the `ws` library in Node, by the browser's own WebSocket elsewhere. */
export function webSocketTo(address: Address): OpenChannel {
  return async (handlers, signal) => {
    const url = `${address.url.replace(/^http/, 'ws')}/v1/stream`
    if (!inNode()) return openInBrowser(url, address, handlers, signal)
    const { openInNode } = await import('./websocket-node.js')
    return openInNode(url, address, handlers, signal)
  }
}

/** What to say when nothing answers: where, why, and what to do. */
export function unreachable(address: Address, why: string, cause?: unknown): SyncError {
  const text = `No bus answers at ${address.url} (${why}). Start one there with \`hms-sync serve\`, or set EVENT_BUS_URL to where it listens.`
  return new SyncError('unreachable', text, cause === undefined ? {} : { cause })
}

/** What an HTTP answer instead of a WebSocket means. */
export function refusedUpgrade(address: Address, status: number, body: string): SyncError {
  const problem = asProblem(body)
  if (problem !== null && (problem.code !== 'not_found' || status !== 404)) return fromProblem(problem)
  if (status === 401 || status === 403)
    return new SyncError('unauthorized', `The bus at ${address.url} refused the credentials (HTTP ${status}). Check name and key.`)
  if (status >= 500 || status === 429) return unreachable(address, `HTTP ${status}`)
  return new SyncError(
    'wrong_url',
    `What answers at ${address.url} is no bus (HTTP ${status} for /v1/stream). Set EVENT_BUS_URL to where \`hms-sync serve\` listens.`,
  )
}

function asProblem(body: string): Problem | null {
  try {
    const problem = JSON.parse(body) as Partial<Problem> | null
    return typeof problem?.code === 'string' && problem.code in errorCodes && typeof problem.detail === 'string'
      ? (problem as Problem)
      : null
  } catch {
    return null
  }
}

function inNode(): boolean {
  return typeof (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === 'string'
}

function openInBrowser(url: string, address: Address, handlers: ChannelHandlers, signal: AbortSignal): Promise<Channel> {
  if (address.key !== null) {
    throw new SyncError(
      'not_supported_yet',
      'A browser cannot send a key with a WebSocket. Connect without one, or through your own backend.',
    )
  }
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    let opened = false
    const abort = (): void => socket.close()
    signal.addEventListener('abort', abort, { once: true })
    socket.onopen = () => {
      opened = true
      resolve({
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text)
        },
        get bufferedBytes() {
          return socket.bufferedAmount
        },
        close: () => socket.close(),
      })
    }
    socket.onmessage = ({ data }) => handlers.frame(String(data))
    socket.onclose = () => {
      signal.removeEventListener('abort', abort)
      if (opened) handlers.closed(null)
      else reject(unreachable(address, 'no connection'))
    }
  })
}
