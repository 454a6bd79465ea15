import { type Json, parseDuration, type SyncError } from '@hms-sync/client'
import { wrongField } from './body.js'

type Fields = Readonly<Record<string, Json>>

/** @throws SyncError `invalid_request` naming the field, as all below. */
export function stringField(body: Fields, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' && value.length <= 1_000) return value
  throw wrongField(`/${name}`, 'must be a string of at most 1000 characters')
}

export function integerField(
  body: Fields,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  const value = body[name]
  if (value === undefined || value === null) return bounds.absent
  if (Number.isInteger(value) && (value as number) >= bounds.min && (value as number) <= bounds.max) return value as number
  throw wrongField(`/${name}`, `must be a whole number from ${bounds.min} to ${bounds.max}`)
}

/** A duration such as `20s`, in milliseconds. */
export function durationField(body: Fields, name: string, bounds: { readonly maxMs: number; readonly max: string }): number | undefined {
  const text = stringField(body, name)
  if (text === undefined) return undefined
  let ms: number
  try {
    ms = parseDuration(text)
  } catch (error) {
    throw wrongField(`/${name}`, `is no duration: ${(error as SyncError).message.replace(/\.$/, '')}`)
  }
  if (ms > bounds.maxMs) throw wrongField(`/${name}`, `must be at most ${bounds.max}`)
  return ms
}

export function stringsField(body: Fields, name: string, maxItems: number): readonly string[] | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.length <= maxItems && value.every((item) => typeof item === 'string' && item.length <= 256))
    return value as readonly string[]
  throw wrongField(`/${name}`, `must be a list of at most ${maxItems} strings`)
}

export function booleanField(body: Fields, name: string): boolean {
  const value = body[name]
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  throw wrongField(`/${name}`, 'must be true or false')
}

export function oneOfField<Value extends string>(body: Fields, name: string, values: readonly Value[]): Value | undefined {
  const given = stringField(body, name)
  const value = values.find((one) => one === given)
  if (given !== undefined && value === undefined) throw wrongField(`/${name}`, `must be one of ${values.join(', ')}`)
  return value
}
