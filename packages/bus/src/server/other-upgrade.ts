import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/**
 * Clients such as Java's offer HTTP/2 (`Upgrade: h2c`) with an ordinary request, which a server may ignore. Node takes
 * every offer for an upgrade as soon as somebody listens for WebSockets: so the request is put back, without the
 * offer, and read again.
 */
export function takeBackUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!
    if (!/^(?:upgrade|http2-settings|connection)$/i.test(name)) lines.push(`${name}: ${request.rawHeaders[i + 1]}`)
  }
  const again = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  socket.unshift(head.length === 0 ? again : Buffer.concat([again, head]))
  server.emit('connection', socket)
}
