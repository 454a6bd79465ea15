import type { Json, PublishOptions } from '@hms-sync/client'

/** An event for `publishMany`; the payload is JSON text. */
export type PublishedEnvelope = { readonly payload: string } & PublishOptions

const texts = ['id', 'key', 'time', 'type', 'qos', 'traceparent'] as const
const names: ReadonlySet<string> = new Set([...texts, 'version', 'payload'])

/** Reads `{"id"?,"key"?,"version"?,"time"?,"type"?,"payload"}`; answers what is wrong with it instead. `shared` fills what it leaves open. */
export function readEnvelope(value: Json, shared: PublishOptions): PublishedEnvelope | string {
  if (!isJsonObject(value) || value.payload === undefined) return 'It is not an envelope: an object with at least a "payload".'
  for (const name of Object.keys(value))
    if (!names.has(name)) return `An envelope has no "${name}"; what the event says belongs into its "payload".`
  for (const name of texts)
    if (value[name] !== undefined && typeof value[name] !== 'string') return `The envelope's "${name}" must be a text.`
  if (value.version !== undefined && typeof value.version !== 'number') return `The envelope's "version" must be a number.`
  return { ...shared, ...(value as PublishOptions), payload: JSON.stringify(value.payload) }
}

export function isJsonObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
