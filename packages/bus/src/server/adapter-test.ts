import type { AdapterTestRequest, Envelope, Json } from '@hms-sync/client'
import { asObject, onlyFields, wrongField } from './body.js'
import { readEnvelope } from './envelopes.js'
import { stringField } from './fields.js'

type Fields = Readonly<Record<string, Json>>

const maxEvents = 100

/** What to try on an adapter: `{"events":[envelope with topic?…]}` or `{"since"}`. @throws SyncError `invalid_request`, `invalid_event` naming the field. */
export function readAdapterTest(body: Fields): AdapterTestRequest {
  onlyFields(body, ['events', 'since'])
  const since = stringField(body, 'since')
  const { events } = body
  if ((since === undefined) === (events === undefined))
    throw wrongField('', 'must hold either events, a list of envelopes, or since: a span such as 24h, an ISO time, or all')
  if (since !== undefined) return { since }
  if (!Array.isArray(events) || events.length === 0 || events.length > maxEvents)
    throw wrongField('/events', `must be a list of 1 to ${maxEvents} envelopes such as {"payload":{…}}`)
  return { events: events.map((event: Json, index) => readEvent(asObject(event, `/events/${index}`), `/events/${index}`)) }
}

function readEvent({ topic, ...envelope }: Fields, pointer: string): Envelope & { readonly topic?: string } {
  if (topic !== undefined && typeof topic !== 'string') throw wrongField(`${pointer}/topic`, 'must be the name of a topic')
  const event = readEnvelope(envelope, pointer) as Envelope
  return { ...event, ...(topic === undefined ? {} : { topic }) }
}
