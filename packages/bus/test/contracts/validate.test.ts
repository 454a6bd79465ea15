import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, draft07 } from './contract-of.js'

const inspection = {
  $schema: draft07,
  $id: 'https://city.example/inspection.json',
  type: 'object',
  required: ['inspectionId', 'newStatus'],
  additionalProperties: false,
  properties: {
    inspectionId: { type: 'integer' },
    newStatus: { enum: ['Scheduled', 'Completed'] },
    at: { type: 'string', format: 'date-time' },
    zip: { type: 'string', pattern: '^\\d{5}$' },
    tags: { type: 'array', uniqueItems: true, items: { $ref: 'https://city.example/inspection.json#/definitions/tag' } },
  },
  definitions: { tag: { type: 'string', minLength: 1 } },
}

describe('a JSON Schema contract', () => {
  it('finds nothing wrong with a payload that fits', () => {
    const contract = contractOf(inspection)
    expect(contract.language).toBe('json-schema')
    expect(
      contract.validate({ inspectionId: 99, newStatus: 'Completed', at: '2024-04-23T15:02:11Z', zip: '60601', tags: ['a', 'b'] }),
    ).toEqual([])
  })

  it('names every fault with its pointer', () => {
    const faults = contractOf(inspection).validate({ inspectionId: 'x', at: 'noon', zip: '1', tags: ['a', '', 'a'], 'a/b~c': 1 })
    expect(faults).toEqual([
      { pointer: '/newStatus', message: '"newStatus" is missing' },
      { pointer: '/a~1b~0c', message: '"a/b~c" is not allowed' },
      { pointer: '/inspectionId', message: 'must be integer' },
      { pointer: '/at', message: 'must match format "date-time"' },
      { pointer: '/zip', message: 'must match pattern "^\\d{5}$"' },
      { pointer: '/tags/1', message: 'must not have fewer than 1 characters' },
      { pointer: '/tags', message: 'must not hold the same item twice (items 0 and 2)' },
    ])
  })

  it.each([
    [{ type: ['string', 'null'] }, 1, '', 'must be string or null'],
    [{ enum: ['a', 2] }, 1, '', 'must be one of "a", 2'],
    [{ const: { a: 1 } }, 1, '', 'must be {"a":1}'],
    [{ not: { type: 'number' } }, 1, '', 'must not match what the schema excludes'],
    [{ properties: { a: false } }, { a: 1 }, '/a', 'is not allowed here'],
    [{ dependentRequired: { a: ['b'] } }, { a: 1 }, '/b', '"b" is missing: it must come with "a"'],
    [{ properties: { a: true }, unevaluatedProperties: false }, { b: 1 }, '/b', '"b" is not allowed'],
    [{ propertyNames: { maxLength: 2 } }, { abc: 1 }, '/abc', 'the name "abc" must not have more than 2 characters'],
    [{ oneOf: [{ minimum: 0 }, { minimum: 5 }] }, 7, '', 'must match exactly one of the alternatives of the schema'],
    [{ prefixItems: [{ type: 'string' }] }, [1], '/0', 'must be string'],
    [{ contains: { type: 'string' } }, [1], '', 'must contain at least 1 valid item(s)'],
  ])('says of %j what %j lacks', (schema, payload, pointer, message) => {
    expect(contractOf(schema).validate(payload)).toContainEqual({ pointer, message })
  })

  it('takes a missing $schema for 2020-12, and reads draft-07 where it is named', () => {
    const schema = { items: [{ type: 'string' }], additionalItems: false }
    expect(contractOf({ $schema: draft07, ...schema }).validate(['a', 1])).toHaveLength(1)
    expect(() => contractOf(schema)).toThrow('This is not 2020-12 JSON Schema')
  })

  it('is not misled by names that every object inherits', () => {
    const contract = contractOf({ required: ['constructor'], properties: { toString: { type: 'string' } } })
    expect(contract.validate({})).toEqual([{ pointer: '/constructor', message: '"constructor" is missing' }])
    expect(contract.validate({ constructor: 1 })).toEqual([])
  })

  it('never changes the payload and never throws for true and false', () => {
    const payload = { a: {} }
    contractOf({ properties: { a: { properties: { b: { default: 1 } } } } }).validate(payload)
    expect(payload).toEqual({ a: {} })
    expect(contractOf('true').validate(null)).toEqual([])
    expect(contractOf('false').validate(null)).toHaveLength(1)
  })

  it('agrees with ajv on unique items, whatever they are', () => {
    const oracle = new Ajv2020.default({ strict: false }).compile({ uniqueItems: true })
    const ours = contractOf({ uniqueItems: true })
    const item = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', '1', '{', '"') })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(item, fc.constantFrom(1, '1', true, 'true', null, 'null', 0, -0)), { maxLength: 6 }),
        fc.boolean(),
        (items, again) => {
          const payload = JSON.parse(JSON.stringify(again && items.length > 0 ? [...items, items[0]] : items))
          expect(ours.validate(payload).length === 0).toBe(oracle(payload))
        },
      ),
    )
  })

  it('treats objects as equal whatever the order of their names', () => {
    const contract = contractOf({ uniqueItems: true })
    expect(
      contract.validate([
        { a: 1, b: { c: 1, d: 2 } },
        { b: { d: 2, c: 1 }, a: 1 },
      ]),
    ).toHaveLength(1)
  })

  it('accepts exactly the payloads that ajv accepts', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer', minimum: 0 }, b: { type: 'array', items: { $ref: '#' } } },
      patternProperties: { '^x': { type: 'string' } },
      additionalProperties: false,
    }
    const oracle = new Ajv2020.default({ strict: false }).compile(schema)
    const ours = contractOf(schema)
    const { node } = fc.letrec((tie) => ({
      node: fc.record(
        {
          a: fc.oneof(fc.integer({ min: -1 }), fc.string()),
          b: fc.array(tie('node'), { maxLength: 2 }),
          x1: fc.oneof(fc.string(), fc.boolean()),
        },
        { requiredKeys: [] },
      ),
    }))
    fc.assert(
      fc.property(node, (payload) => {
        expect(ours.validate(payload as never).length === 0).toBe(oracle(payload))
      }),
    )
  })
})
