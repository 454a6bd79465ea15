import { type ErrorCode, type Problem, SyncError, toProblem } from '@hms-sync/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Log } from '../observe/log.js'

export const problemType = 'application/problem+json'

/** Answers an error as RFC 9457 JSON. Foreign errors go to the log and leave as `internal`, without their text. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
  context: { readonly log: Log; readonly maxBodyBytes: number },
): void {
  const known = asSyncError(error, request, context.maxBodyBytes)
  if (known === null)
    context.log.error({ err: error, method: request.method, route: request.routeOptions.url ?? null }, 'A request failed unexpectedly')
  const problem = toProblem(known ?? error)
  // The rest of a refused body is not read, and a closing server wants its connections back.
  if (problem.code === 'too_large' || problem.code === 'shutting_down') reply.header('connection', 'close')
  if (problem.code === 'overloaded' || problem.code === 'shutting_down') reply.header('retry-after', '1')
  reply.code(problem.status).header('content-type', problemType).send(JSON.stringify(problem))
}

/** What fastify refused on its own, in our words; null for a fault of ours. */
function asSyncError(error: unknown, request: FastifyRequest, maxBodyBytes: number): SyncError | null {
  if (error instanceof SyncError) return error
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new SyncError('too_large', `The body is larger than ${maxBodyBytes} bytes. Send less, or several events in several batches.`)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedType(request.headers['content-type'])
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new SyncError('invalid_request', 'The body is not as long as its Content-Length says. It may have been cut off on its way.')
    case 'FST_ERR_BAD_URL':
      return new SyncError('invalid_request', 'The URL is malformed. Percent-encode what is not a letter, a digit or one of - . _ ~')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new SyncError('invalid_request', 'A name in the URL is too long.')
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new SyncError('invalid_request', 'The request could not be read to its end.')
  return null
}

export function unsupportedType(given: string | undefined): SyncError {
  const what =
    given === undefined ? 'The request names no Content-Type.' : `The Content-Type "${given.slice(0, 80)}" is not understood here.`
  return new SyncError(
    'unsupported_media_type',
    `${what} Send application/json (with curl: -H 'content-type: application/json'); /docs lists the other types.`,
  )
}

/** What the HTTP parser refuses before there is a request: answered on the bare socket. Null: nobody is there to be answered. */
export function parserProblem(error: { readonly code?: string | undefined }): Problem | null {
  switch (error.code) {
    case 'ECONNRESET':
      return null
    case 'HPE_HEADER_OVERFLOW':
      return bare(431, 'too_large', 'The headers are larger than 16 KiB. Send fewer or shorter ones.')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return bare(413, 'too_large', 'The chunk extensions are too large.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return bare(408, 'timeout', 'The request did not arrive in time: headers within 5 s, all of it within 10 s.')
    default:
      return bare(400, 'invalid_request', 'This is not an HTTP/1.1 request that can be understood.')
  }
}

/** A problem whose status is finer than its code's usual one. */
function bare(status: number, code: ErrorCode, detail: string): Problem {
  return { ...toProblem(new SyncError(code, detail)), status }
}

/** The whole answer as text for a bare socket. The connection ends with it. */
export function rawProblemResponse(problem: Problem, reasonPhrase: string): string {
  const body = JSON.stringify(problem)
  return `HTTP/1.1 ${problem.status} ${reasonPhrase}\r\nContent-Type: ${problemType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
}
