import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientOptions } from 'ws'
import { WebSocket } from 'ws'
import type { Address } from '../address.js'
import type { SyncError } from '../errors.js'
import type { Channel, ChannelHandlers } from './open-channel.js'
import { refusedUpgrade, unreachable } from './refusal.js'

const handshakeTimeoutMs = 5_000
/** How long the other side may take to say goodbye. */
const closeTimeoutMs = 1_000
/** A peer that went away without a word is noticed after two of these. */
const pingEveryMs = 15_000
const maxFrameBytes = 64 * 1_024 * 1_024
const maxRefusalBytes = 64 * 1_024

/** A WebSocket by the `ws` library; the key travels as a header, never in the URL. */
export function openInNode(url: string, address: Address, handlers: ChannelHandlers, signal: AbortSignal): Promise<Channel> {
  return new Promise((resolve, reject) => {
    // The library knows `closeTimeout`, its types do not yet.
    const options: ClientOptions & { readonly closeTimeout: number } = {
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      followRedirects: false,
      closeTimeout: closeTimeoutMs,
      ...(address.key === null ? {} : { headers: { authorization: `Bearer ${address.key}` } }),
    }
    const socket = new WebSocket(url, options)
    let tcp: Socket | undefined
    let refusal: SyncError | undefined
    let opened = false
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    socket.on('upgrade', (response: IncomingMessage) => {
      tcp = response.socket
    })
    socket.on('unexpected-response', (request, response: IncomingMessage) => {
      void readRefusal(response).then((body) => {
        refusal = refusedUpgrade(address, response.statusCode ?? 0, body)
        request.destroy()
        reject(refusal)
      })
    })
    socket.on('error', (error: Error & { code?: string }) => {
      refusal ??= unreachable(address, error.code ?? 'the connection failed', error)
    })
    socket.on('open', () => {
      opened = true
      resolve(channelOf(socket, tcp))
    })
    socket.on('message', (data) => handlers.frame((data as Buffer).toString()))
    socket.on('close', () => {
      signal.removeEventListener('abort', abort)
      if (opened) handlers.closed(refusal ?? null)
      else reject(refusal ?? unreachable(address, 'the connection was closed'))
    })
  })
}

function channelOf(socket: WebSocket, tcp: Socket | undefined): Channel {
  const ping = keepAlive(socket)
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    close: () => {
      clearInterval(ping)
      socket.close(1000)
      // Whoever closes has nothing left to wait for: a peer that does not answer must not keep the process alive.
      tcp?.unref()
    },
    hold: (busy) => {
      if (busy) tcp?.ref()
      else tcp?.unref()
    },
  }
}

function keepAlive(socket: WebSocket): NodeJS.Timeout {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const ping = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, pingEveryMs)
  ping.unref()
  socket.once('close', () => clearInterval(ping))
  return ping
}

/** The beginning of the answer; never more than a problem may hold. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  let body = ''
  try {
    for await (const chunk of response) {
      body += String(chunk)
      if (body.length > maxRefusalBytes) break
    }
  } catch {
    // The status alone says enough.
  }
  return body
}
