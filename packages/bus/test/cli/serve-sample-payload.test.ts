import { expect, it } from 'vitest'
import { samplePayload } from '#dist/cli/serve-sample-payload.js'
import { topicOf } from '../adapters/test-project.js'

function withSchema(schema: object, key: readonly string[] | null = ['id']) {
  return topicOf('permits', { version: 1, key, schemas: [{ version: 1, path: 'schemas/permits.v1.json', text: JSON.stringify(schema) }] })
}

it('makes a payload with what the schema requires', () => {
  const place = { type: 'object', required: ['street'], properties: { street: { enum: ['Elm St'] } } }
  const schema = {
    type: 'object',
    required: ['id', 'day', 'place', 'kinds'],
    properties: { id: { type: 'integer', minimum: 7 }, day: { type: 'string', format: 'date' }, place, kinds: { type: 'array' }, note: {} },
  }
  expect(samplePayload(withSchema(schema))).toEqual({ id: 7, day: '2026-06-01', place: { street: 'Elm St' }, kinds: [] })
})

it('has the key of a topic without a schema', () => {
  expect(samplePayload(topicOf('permits', { key: ['permit', 'id'] }))).toEqual({ permit: { id: 1 } })
})

it('offers nothing rather than what would be refused', () => {
  const schema = { type: 'object', required: ['id'], properties: { id: { type: 'string', pattern: '^P-[0-9]{4}$' } } }
  expect(samplePayload(withSchema(schema))).toBeNull()
})
