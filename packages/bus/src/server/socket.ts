import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { SyncError, toProblem } from '@hms-sync/client'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { anonymous, namedPrincipal, type Principal } from '../security/principal.js'
import { Session } from '../session/session.js'
import type { LoopbackGuard } from './loopback-guard.js'
import { streamDoc } from './operation-doc.js'
import { takeBackUpgrade } from './other-upgrade.js'
import { principalOf } from './principal.js'
import { rawProblemResponse } from './problem.js'
import type { Route, ServerParts } from './route.js'
import { SocketPeer } from './socket-peer.js'

const path = '/v1/stream'
/** Frames around the events take room too. */
const frameRoomBytes = 64 * 1024

/** `WS /v1/stream`, for the SDK. The same guard stands before it as before every door. */
export function acceptSockets(server: Server, parts: ServerParts, guard: LoopbackGuard): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: parts.limits.maxBodyBytes + frameRoomBytes,
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return takeBackUpgrade(server, request, socket, head)
    socket.on('error', () => socket.destroy())
    let principal: Principal
    try {
      guard.check(request.headers)
      if (parts.live.closing !== null) throw parts.live.closing
      if (request.url?.split('?', 1)[0] !== path) throw new SyncError('not_found', `There is no WebSocket here; it is at ${path}.`)
      principal = principalOf(request.headers)
    } catch (error) {
      const problem = toProblem(error)
      parts.metrics.problem(problem.code)
      socket.end(rawProblemResponse(problem, STATUS_CODES[problem.status] ?? ''))
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => converse(parts, webSocket, principal))
  })
}

/** A plain request to the WebSocket’s address is told so. */
export function streamRoutes(): readonly Route[] {
  return [
    {
      method: 'GET',
      url: path,
      doc: streamDoc,
      handle() {
        throw new SyncError(
          'invalid_request',
          `${path} is a WebSocket. Connect with the SDK, or read GET /v1/topics/{topic}/events with Accept: text/event-stream.`,
        )
      },
    },
  ]
}

function converse(parts: ServerParts, webSocket: WebSocket, principal: Principal): void {
  const peer = new SocketPeer(webSocket, parts, principal.name, () => session.drained())
  const session = new Session(parts.bus, peer, {
    limits: parts.limits,
    nameOf: namedPrincipal,
    ...(principal === anonymous ? {} : { principal }),
  })
  let leave: () => void
  try {
    leave = parts.live.add(peer)
  } catch (error) {
    peer.end(error as SyncError)
    session.closed()
    return
  }
  parts.metrics.sockets++
  webSocket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) return peer.end(new SyncError('invalid_request', 'Frames are JSON text, not binary.'))
    peer.heard()
    session.receive((data as Buffer).toString())
  })
  webSocket.on('pong', () => peer.heard())
  webSocket.on('error', () => webSocket.terminate())
  webSocket.on('close', () => {
    parts.metrics.sockets--
    leave()
    peer.gone()
    session.closed()
  })
}
