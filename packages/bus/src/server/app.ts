import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { SyncError, toProblem } from '@hms-sync/client'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { acceptBodies } from './body.js'
import type { LoopbackGuard } from './loopback-guard.js'
import { parserProblem, rawProblemResponse, sendProblem } from './problem.js'
import type { Route, ServerParts } from './route.js'

/**
 * The HTTP side: bounds before anything else, every error as a problem, and the routes. Node's own bounds are wider
 * (headers 60 s, requests 300 s, looked at each 30 s). They concern the arrival of a request, not its answer: streams
 * and long polls live as long as they like.
 */
export function createApp(parts: ServerParts, guard: LoopbackGuard, routes: readonly Route[]): FastifyInstance {
  const { limits, live, log, metrics } = parts
  const answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    metrics.problem(toProblem(error).code)
    sendProblem(request, reply, error, { log, maxBodyBytes: limits.maxBodyBytes })
  }
  const app = fastify({
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: 10_000,
    keepAliveTimeout: 60_000,
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    exposeHeadRoutes: false,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: answerError,
    clientErrorHandler: refuseUnparsed,
  })
  app.server.maxConnections = limits.maxConnections

  acceptBodies(app)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(notFound(routes, request, reply), request, reply))
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      guard.check(request.raw.headers)
      if (live.closing !== null) throw live.closing
      done()
    } catch (error) {
      done(error as Error)
    }
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (live.closing !== null) reply.header('connection', 'close')
    done(null, payload)
  })
  for (const { method, url, handle } of routes) app.route({ method, url, handler: handle })
  return app
}

/** What the HTTP parser could not read: answered on the bare socket, which ends. */
function refuseUnparsed(error: Error & { readonly code?: string }, socket: Socket): void {
  const problem = parserProblem(error)
  if (problem === null || !socket.writable || socket.bytesWritten > 0) socket.destroy()
  else socket.end(rawProblemResponse(problem, STATUS_CODES[problem.status]!), () => socket.destroy())
}

/** 405 where the path is known under another method, else 404. */
function notFound(routes: readonly Route[], request: FastifyRequest, reply: FastifyReply): SyncError {
  const path = request.url.split('?', 1)[0]!
  const exactly = routes.filter(({ url }) => url === path)
  const allowed = (exactly.length > 0 ? exactly : routes.filter(({ url }) => patternOf(url).test(path))).map(({ method }) => method)
  if (allowed.length === 0) return new SyncError('not_found', `There is nothing at ${path.slice(0, 200)}. /docs lists what there is.`)
  reply.header('allow', allowed.join(', '))
  return new SyncError('method_not_allowed', `${request.method} is not allowed at ${path.slice(0, 200)}; allowed: ${allowed.join(', ')}.`)
}

function patternOf(url: string): RegExp {
  const literal = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}$`)
}
