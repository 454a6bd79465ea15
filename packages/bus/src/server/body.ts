import { isUtf8 } from 'node:buffer'
import { type Json, SyncError } from '@hms-sync/client'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseJsonBounded } from '../json.js'
import { unsupportedType } from './problem.js'

export const mediaTypes = {
  json: 'application/json',
  event: 'application/vnd.hms-sync.event+json',
  batch: 'application/vnd.hms-sync.batch+json',
  ndjson: 'application/x-ndjson',
  cloudEvent: 'application/cloudevents+json',
  cloudEvents: 'application/cloudevents-batch+json',
} as const

/**
 * Bodies arrive as text, counted while they stream in; what the text means is each route's matter.
 * Fastify's own JSON parser is replaced: it knows no depth.
 */
export function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(Object.values(mediaTypes), { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, asText(request, body as Buffer))
    } catch (error) {
      done(error as SyncError)
    }
  })
}

/** The media type without its parameters, lower case; empty when there is none. */
export function mediaTypeOf(request: FastifyRequest): string {
  const given = request.headers['content-type']
  if (given === undefined || given === mediaTypes.json) return given ?? ''
  const end = given.indexOf(';')
  return (end === -1 ? given : given.slice(0, end)).trim().toLowerCase()
}

/** The text of the body. @throws SyncError when there is none. */
export function bodyText(request: FastifyRequest): string {
  if (typeof request.body === 'string' && request.body !== '') return request.body
  if (request.headers['content-type'] === undefined && request.body !== '') throw unsupportedType(undefined)
  throw new SyncError('invalid_json', 'The body is empty; JSON was expected.')
}

/** A body that must be one JSON object, such as a command to a group. An empty body counts as `{}`. */
export function bodyObject(request: FastifyRequest, maxDepth: number): Readonly<Record<string, Json>> {
  if (request.body === undefined || request.body === '') return {}
  if (mediaTypeOf(request) !== mediaTypes.json) throw unsupportedType(request.headers['content-type'])
  return asObject(parseJsonBounded(bodyText(request), maxDepth), '')
}

/** @throws SyncError `invalid_request` naming the place. */
export function asObject(value: Json | undefined, pointer: string): Readonly<Record<string, Json>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, Json>>
  throw wrongField(pointer, 'must be a JSON object')
}

/** @throws SyncError `invalid_request` when the object has a field that is not listed. */
export function onlyFields(object: Readonly<Record<string, Json>>, known: readonly string[], pointer = ''): void {
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) throw wrongField(`${pointer}/${name.slice(0, 60)}`, `is not known here; there are ${known.join(', ')}`)
  }
}

export function wrongField(pointer: string, message: string): SyncError {
  return new SyncError('invalid_request', `${pointer === '' ? 'The body' : pointer} ${message}.`, { faults: [{ pointer, message }] })
}

function asText(request: FastifyRequest, body: Buffer): string {
  const { 'content-encoding': encoding, 'content-type': type } = request.headers
  if (encoding !== undefined && encoding !== 'identity') {
    throw new SyncError(
      'unsupported_media_type',
      `The Content-Encoding "${encoding.slice(0, 40)}" is not supported. Send the body as it is.`,
    )
  }
  if (type !== undefined && type.length > mediaTypes.json.length) checkCharset(type)
  if (!isUtf8(body)) throw new SyncError('invalid_json', 'The body is not UTF-8.')
  return body.toString('utf8')
}

function checkCharset(type: string): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1]
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return
  throw new SyncError('unsupported_media_type', `The charset "${charset.slice(0, 40)}" is not supported. JSON is UTF-8.`)
}
