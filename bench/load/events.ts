import type { RequestSpec } from './request-template.js'

/** 1 KiB of JSON with a `key` out of `keys`: digits of the number, so that all appear alike. */
export function payloadText(): string {
  const start = '{"permitId":%number%,"address":"100 Main Street","status":"approved","inspector":"J. Doe","note":"'
  return `${start}${'x'.repeat(1_024 - start.length - 4)}"}`
}

/** One event a POST; the bus chooses the id. */
export function singlePost(topic: string): RequestSpec {
  return { method: 'POST', path: `/v1/topics/${topic}/events`, headers: { 'content-type': 'application/json' }, body: payloadText() }
}

/** A batch a POST. `ids`: the bus's own, or random ones of the producer. `keys`: how many different keys there are. */
export function batchPost(topic: string, options: { readonly size: number; readonly ids: 'own' | 'foreign' }): RequestSpec {
  const id = options.ids === 'foreign' ? '"id":"%uuid%",' : ''
  const event = `{${id}"payload":${payloadText()}}`
  return {
    method: 'POST',
    path: `/v1/topics/${topic}/events`,
    headers: { 'content-type': 'application/vnd.hms-sync.batch+json' },
    body: `{"events":[${Array(options.size).fill(event).join(',')}]}`,
  }
}
