import type { Address } from '../address.js'
import { SyncError } from '../errors.js'
import type { Channel, ChannelHandlers, OpenChannel } from './open-channel.js'
import { unreachable } from './refusal.js'

/** Frames to the bus at `address`: by the `ws` library in Node, by the browser's own WebSocket elsewhere. */
export function webSocketTo(address: Address): OpenChannel {
  return async (handlers, signal) => {
    const url = `${address.url.replace(/^http/, 'ws')}/v1/stream`
    if (!inNode()) return openInBrowser(url, address, handlers, signal)
    const { openInNode } = await import('./websocket-node.js')
    return openInNode(url, address, handlers, signal)
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
