import { hash } from 'node:crypto'

/**
 * The key that an external system recognises a repeated event by: the same at every try, on every host, after every
 * restart. 43 URL-safe characters: SHA-256 over topic, source and id, which together are the event's identity.
 */
export function idempotencyKey(event: { readonly topic: string; readonly source: string; readonly id: string }): string {
  // JSON keeps the three apart: ("a","bc") and ("ab","c") must not meet.
  return hash('sha256', JSON.stringify([event.topic, event.source, event.id]), 'base64url')
}
