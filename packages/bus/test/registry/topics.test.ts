import { describe, expect, it } from 'vitest'
import { ConfigError } from '#dist/registry/config-error.js'
import { faultsOf, load } from './folder.js'

const seed = `inspections.status:
  qos:          exactly_once
  retention:    7d          # replay window
  schema:       v1
  producers:    [hms-api]
  consumers:    [city-health, ehr-clinic]
`

describe('topics.yaml', () => {
  it('is read as the seed prints it, with every default in', async () => {
    const { topics, remarks } = await load({ 'topics.yaml': seed })
    expect(topics).toEqual([
      {
        name: 'inspections.status',
        qos: 'exactly_once',
        retentionMs: 604_800_000,
        version: 1,
        schemas: [],
        producers: ['hms-api'],
        consumers: ['city-health', 'ehr-clinic'],
        key: null,
        partitions: 1,
        dedupeWindowMs: 86_400_000,
        maxBytes: null,
        durability: null,
        onFailure: 'skip',
        conflict: null,
        description: '',
      },
    ])
    expect(remarks).toEqual([
      'inspections.status is unvalidated: there is no schemas/inspections.status.v1.json nor schemas/inspections.status.json.',
    ])
  })

  it('takes a bare name as a topic with every default, and an empty file as no topics', async () => {
    const { topics } = await load({ 'topics.yaml': 'permitApproved:\nclinicHoursUpdated: {}\n' })
    expect(topics.map(({ name, retentionMs, qos, consumers }) => ({ name, retentionMs, qos, consumers }))).toEqual([
      { name: 'permitApproved', retentionMs: 604_800_000, qos: 'at_least_once', consumers: null },
      { name: 'clinicHoursUpdated', retentionMs: 604_800_000, qos: 'at_least_once', consumers: null },
    ])
    expect((await load({ 'topics.yaml': '# nothing yet\n' })).topics).toEqual([])
  })

  it('takes every key', async () => {
    const { topics, remarks } = await load({
      'topics.yaml': `a.b-c_1:
  retention: 12h
  version: 2
  key: permit.id
  partitions: 4
  dedupeWindow: 10m
  maxBytes: 2GiB
  durability: replicated(3)
  onFailure: park
  conflict: review
  description: Permits
  consumers: []
`,
    })
    expect(topics[0]).toMatchObject({
      retentionMs: 43_200_000,
      version: 2,
      key: ['permit', 'id'],
      partitions: 4,
      dedupeWindowMs: 600_000,
      maxBytes: 2_147_483_648,
      durability: 'replicated(3)',
      onFailure: 'park',
      conflict: 'review',
      description: 'Permits',
      consumers: [],
    })
    expect(remarks).toContain('topics.yaml:10: conflict of a.b-c_1 is accepted and has no effect in this version yet.')
    expect(remarks.join('\n')).not.toContain('onFailure')
  })

  it('says where onFailure is about a key that the topic does not have', async () => {
    const { remarks } = await load({ 'topics.yaml': 'a: {onFailure: park}\nb: {onFailure: skip}\nc: {onFailure: park, key: id}\n' })
    expect(remarks).toEqual([
      'topics.yaml:1: onFailure of a has no effect: the topic has no key whose later events could wait or be newer.',
    ])
  })

  it('derives the dedupe window from a short retention and onFailure from the key', async () => {
    const { topics } = await load({ 'topics.yaml': 'a: {retention: 2h, key: id}' })
    expect(topics[0]).toMatchObject({ dedupeWindowMs: 7_200_000, onFailure: 'supersede' })
  })

  it('names every fault at once, each where it stands', async () => {
    const faults = await faultsOf({
      'topics.yaml': `inspections.status:
  qos: exactly-once
  retention: 7 dayz
  schema: v1
  version: 2
  consumers: [city-health, ehr-clinic, city-health]
  retension: 1d
  colour: blue
hms.sync.internal: {}
bad name: {}
short:
  retention: 1d
  dedupeWindow: 2d
  partitions: 0
`,
    })
    expect(faults).toEqual([
      'topics.yaml:7:3: "retension": This is not a key of a topic. Did you mean retention?',
      expect.stringMatching(/^topics\.yaml:8:3: "colour": This is not a key of a topic\. Known keys: qos, retention, schema,/),
      'topics.yaml:2:8: "exactly-once": This is not a known value. Did you mean exactly_once? Write one of at_least_once, exactly_once.',
      'topics.yaml:3:14: "7 dayz": This is not a duration. Write a whole number and a unit, such as 500ms, 10s, 10m, 2h or 7d.',
      'topics.yaml:6:40: "city-health": This name stands in the list twice. Keep one.',
      'topics.yaml:9:1: "hms.sync.internal": Names that begin with hms.sync. belong to the bus. Choose another.',
      expect.stringMatching(/^topics\.yaml:10:1: "bad name": This is not a topic’s name\. Write letters, digits/),
      'topics.yaml:14:15: "0": This is not a number of partitions. Write a whole number from 1 to 1024.',
    ])
  })

  it.each([
    ['a: {schema: v1, version: 2}', '1:26: "2": This contradicts schema: v1. Keep one of the two.'],
    ['a:\n  retention: 1d\n  dedupeWindow: 2d', '3:17: "2d": This is longer than retention (1d)'],
    ['a:\n  retention: 9999d', '2:14: "9999d": This is longer than ten years.'],
    ['a:\n  retention: 0s', '2:14: "0s": This is too short. Write 1s or more.'],
    ['a:\n  retention:', '2:3: "retention": This is not a duration.'],
    ['a:\n  retention: 7', '2:14: "7": This is not a duration.'],
    ['a:\n  consumers: city-health', '2:14: "city-health": This is not a list of names. Write a list, such as [hms-api, city-health].'],
    ['a:\n  producers: [ok, "no way"]', '2:19: "\\"no way\\"": This is not the name of a service or an adapter.'],
    ['a:\n  key: a..b', '2:8: "a..b": This is not a path in the payload.'],
    ['a:\n  maxBytes: 10 apples', '2:13: "10 apples": This is not a size.'],
    ['a:\n  durability: forever', '2:15: "forever": This is not a durability.'],
    ['a:\n  schema: 1', '2:11: "1": This is not a schema version.'],
    ['a:\n  version: one', '2:12: "one": This is not a version number.'],
    ['a:\n  conflict: last_write_win', '2:13: "last_write_win": This is not a known value. Did you mean last_write_wins?'],
    ['a:\n  onFailure: 3', '2:14: "3": This is not a known value. Write one of supersede, park, skip.'],
    ['a: 7d', '1:4: "7d": This is not a topic. Write its settings below it'],
    ['- a\n- b', '1:1: "- a": This file holds topics by name.'],
    [`${'x'.repeat(201)}: {}`, `1:1: "${'x'.repeat(79)}…": This is not a topic’s name.`],
    ['..: {}', '1:1: "..": This is not a topic’s name.'],
  ])('refuses %j', async (text, expected) => {
    const faults = await faultsOf({ 'topics.yaml': text })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(`topics.yaml:${expected}`)
  })

  it('is a fault when it is missing, unless topics come into being by themselves', async () => {
    const [fault] = await faultsOf({})
    expect(fault).toContain('topics.yaml: There is no such file. Write one with `hms-sync init`')
    expect((await load({}, { flags: { dev: true } })).topics).toEqual([])
  })

  it('renders its faults one a line under the code invalid_config', async () => {
    const error: unknown = await load({ 'topics.yaml': 'a: {x: 1}\nb: {y: 1}\n' }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    expect(error).toMatchObject({ code: 'invalid_config' })
    expect((error as Error).message.split('\n')).toHaveLength(2)
  })
})
