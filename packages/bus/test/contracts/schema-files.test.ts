import { describe, expect, it } from 'vitest'
import { compileContracts, contractFaults } from '#dist/contracts/compile-contracts.js'
import { ConfigError } from '#dist/registry/config-error.js'
import { draft07, schemaFaults } from './contract-of.js'

describe('a schema file', () => {
  it.each([
    ['{"type": "object",}', /^s\.json:1:19: "}": This is not JSON: there is "}"; a name in double quotes should stand here\.$/],
    ['{\n  "type": "objekt"\n}', /^s\.json:2:11: "\\"objekt\\"": This is not 2020-12 JSON Schema: it must be one of "array", "boolean"/],
    [
      '{\n  "type": "string",\n  "format": "date-tme"\n}',
      /^s\.json:3:13: "\\"date-tme\\"": This format is not known\. Did you mean date-time\?/,
    ],
    [
      '{\n  "properties": {\n    "zip": { "pattern": "(?=a)b" }\n  }\n}',
      /^s\.json:3:25: ".*": Patterns are matched by RE2, which takes no look-around/,
    ],
    ['{\n\t"patternProperties": {\n\t\t"(a)\\\\1": {}\n\t}\n}', /^s\.json:3:3: .*no back-references/],
    ['{"pattern": "["}', /^s\.json:1:13: .*Patterns are matched by RE2.*missing closing/],
    [`{"pattern": "${'a'.repeat(1_001)}"}`, /^s\.json:1:13: .*A pattern has at most 1000 characters\.$/],
    ['{\n  "$ref": "https://example.com/other.json"\n}', /^s\.json:2:11: .*References lead to places in this file only\./],
    ['{\n  "$ref": "other.json#/a"\n}', /^s\.json:2:11: .*References lead to places in this file only\./],
    ['{\n  "items": { "$ref": "#/$defs/none" }\n}', /^s\.json:2:22: .*This reference leads nowhere in this file\.$/],
    ['{"$ref": "#nowhere"}', /^s\.json:1:10: .*leads nowhere/],
    ['{"$schema": "http://json-schema.org/draft-04/schema#"}', /^s\.json:1:13: .*This version reads JSON Schema 2020-12/],
    ['{"$async": true}', /^s\.json:1:12: "true": Payloads are checked at once\. Leave \$async out\.$/],
    ['{"$defs": {"a": {"$id": "https://x.example/a"}}}', /^s\.json:1:25: .*Only the file itself can have an \$id/],
    ['{"$dynamicRef": "#a"}', /^s\.json:1:17: .*Dynamic references are not read here\. Write \$ref\.$/],
    ['[]', /^s\.json:1:1: "\[\]": This is not 2020-12 JSON Schema: it must be object or boolean|must be object,boolean/],
    ['7', /^s\.json:1:1: "7": This is not 2020-12 JSON Schema/],
    ['', /^s\.json:1:1: This is not JSON: the text ends/],
    [`${'{"not":'.repeat(33)}{}${'}'.repeat(33)}`, /^s\.json:1:225: "{": This is nested more than 32 levels deep\./],
    [`"${'x'.repeat(262_144)}"`, /^s\.json:1:1: The file is larger than 256 KiB\./],
  ])('is refused, its fault named with its place (case %#)', (text, expected) => {
    const faults = schemaFaults(text)
    expect(faults[0]).toMatch(expected)
  })

  it('is refused with every fault at once', () => {
    const faults = schemaFaults('{\n  "required": "a",\n  "minLength": -1,\n  "properties": []\n}')
    expect(faults.map((fault) => fault.split(':')[1])).toEqual(expect.arrayContaining(['2', '3', '4']))
    expect(schemaFaults('{"format":"x","items":{"format":"y","pattern":"(?!a)"}}')).toHaveLength(3)
  })

  it('is refused when its references unfold to more than 2,000 schemas, however few it holds', () => {
    const $defs: Record<string, unknown> = { d0: { type: 'string' } }
    for (let i = 1; i <= 40; i++) $defs[`d${i}`] = { anyOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] }
    const start = performance.now()
    expect(schemaFaults({ $ref: '#/$defs/d40', $defs })[0]).toMatch(
      /^s\.json:1:1: .*With every \$ref followed this schema has more than 2000 parts\./,
    )
    expect(schemaFaults({ allOf: Array.from({ length: 2_001 }, () => ({ minimum: 1 })) })[0]).toContain('more than 2000 schemas')
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  it.each([
    { $ref: '#' },
    { anyOf: [{ type: 'string' }, { $ref: '#' }] },
    { items: { $ref: '#/$defs/a' }, $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } },
  ])('is refused when it never ends: %j', (schema) => {
    expect(schemaFaults(schema)).toEqual([
      expect.stringContaining('s.json:1:1: "{": This schema refers to itself for the same value, which never ends.'),
    ])
  })

  it('is refused when more than 600 parts stand side by side, and compiles just below', () => {
    const wide = (n: number) => ({ properties: Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, { type: 'string' }])) })
    expect(schemaFaults(wide(601))[0]).toContain('more than 600 parts side by side')
    expect(schemaFaults(wide(600))).toEqual([])
    expect(schemaFaults({ properties: { a: wide(599) } })).toEqual([])
    expect(schemaFaults({ allOf: [wide(300), wide(301), wide(100)] })).toEqual([])
    expect(
      schemaFaults({ items: { allOf: [wide(300), { items: wide(1) }] }, properties: { a: { properties: { b: wide(599) } } } })[0],
    ).toContain('side by side')
  })

  it('may refer to itself, to anchors and to its own id', () => {
    expect(schemaFaults({ items: { $ref: '#' } })).toEqual([])
    expect(schemaFaults({ properties: { a: { $ref: '#x' } }, $defs: { x: { $anchor: 'x', type: 'string' } } })).toEqual([])
    expect(
      schemaFaults({ $schema: draft07, properties: { a: { $ref: '#x' } }, definitions: { x: { $id: '#x', type: 'string' } } }),
    ).toEqual([])
    expect(
      schemaFaults({
        $id: 'https://x.example/s',
        properties: { a: { $ref: 'https://x.example/s#/$defs/n' } },
        $defs: { n: { type: 'string' } },
      }),
    ).toEqual([])
  })
})

describe('compileContracts', () => {
  const schema = (version: number, text: string) => ({ version, path: `/project/schemas/permits.v${version}.json`, text })

  it('gives a contract for each version, compiled once', () => {
    const topic = { schemas: [schema(1, '{"type":"object"}'), schema(2, '{"$id":"https://x.example/p","type":"array"}')] }
    const contracts = compileContracts(topic)
    expect([...contracts.keys()]).toEqual([1, 2])
    expect(contracts.get(1)?.validate([])).toHaveLength(1)
    expect(contracts.get(2)?.validate([])).toEqual([])
    expect(compileContracts(topic).get(1)).toBe(contracts.get(1))
  })

  it('gives none for an unvalidated topic', () => {
    expect(compileContracts({ schemas: [] }).size).toBe(0)
  })

  it('throws every fault of every version, named by its file', () => {
    const topic = { schemas: [schema(1, '{'), schema(2, '{"type":7}')] }
    expect(() => compileContracts(topic)).toThrow(ConfigError)
    expect(contractFaults([topic, topic]).map(({ file, line }) => [file, line])).toEqual(
      expect.arrayContaining([
        ['schemas/permits.v1.json', 1],
        ['schemas/permits.v2.json', 1],
      ]),
    )
  })
})
