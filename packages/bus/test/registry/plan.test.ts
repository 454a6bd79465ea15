import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TopicConfig } from '#dist/registry/config.js'
import { type PlanFacts, planChanges } from '#dist/registry/plan.js'
import { parseTopics, serialiseTopics } from '#dist/registry/snapshot.js'

const day = 86_400_000
const now = Date.UTC(2026, 10, 21)

const base: TopicConfig = {
  name: 'permits',
  qos: 'at_least_once',
  retentionMs: 7 * day,
  version: 1,
  schemas: [{ version: 1, path: '/p/schemas/permits.v1.json', text: '{}' }],
  producers: null,
  consumers: ['clinic'],
  key: ['id'],
  partitions: 2,
  dedupeWindowMs: day,
  maxBytes: null,
  durability: null,
  onFailure: 'supersede',
  conflict: null,
  description: '',
}

function plan(change: Partial<TopicConfig>, held = { events: 10, bytes: 5_000, firstReceived: (now - 2 * day) as number | null }) {
  const facts: PlanFacts = { now, topics: new Map([['permits', held]]) }
  return planChanges([base], [{ ...base, ...change }], facts)
}

describe('planChanges', () => {
  it('finds nothing to do when nothing changed, not even the place of the folder', () => {
    expect(plan({})).toEqual([])
    expect(plan({ schemas: [{ version: 1, path: '/elsewhere/permits.json', text: '{}' }] })).toEqual([])
  })

  it.each([
    [{ consumers: ['clinic', 'ehr'] }, 'new consumer ehr, owed every event from now on'],
    [{ consumers: [] }, 'consumer clinic removed; what it is owed is kept until `hms-sync groups delete clinic`'],
    [{ retentionMs: 30 * day }, 'retention 30d instead of 7d'],
    [{ retentionMs: 3 * day }, 'retention 3d instead of 7d'],
    [{ partitions: 4 }, '4 partitions instead of 2; keys move, and order per key holds once what waits now has been delivered'],
    [{ maxBytes: 10_000 }, 'maxBytes 10000 instead of unbounded'],
    [
      { key: ['permit', 'id'] },
      'key permit.id instead of id; events already stored keep theirs, so order between old and new ones is not kept',
    ],
    [{ key: null }, 'key none instead of id; events already stored keep theirs, so order between old and new ones is not kept'],
    [{ version: 2 }, 'schema v2 instead of v1'],
    [
      {
        schemas: [
          { version: 1, path: '', text: 'true' },
          { version: 2, path: '', text: '{}' },
        ],
      },
      'schema files: v1 changed, v2 added',
    ],
    [{ schemas: [] }, 'schema files: v1 removed'],
    [{ qos: 'exactly_once' }, 'qos exactly_once instead of at_least_once'],
    [{ dedupeWindowMs: 3_600_000 }, 'dedupeWindow 1h instead of 1d'],
    [{ durability: 'power' }, 'durability power instead of what the engine gives'],
    [{ onFailure: 'park' }, 'onFailure park instead of supersede'],
    [{ conflict: 'merge' }, 'conflict merge instead of none'],
    [{ producers: ['hms-api'] }, 'publishable only by its list of producers'],
    [{ description: 'x' }, 'description changed'],
  ] satisfies [Partial<TopicConfig>, string][])('takes up %j', (change, what) => {
    expect(plan(change)).toEqual([{ topic: 'permits', what }])
  })

  it('says that everybody may read when the list of consumers goes', () => {
    expect(plan({ consumers: null }).map(({ what }) => what)).toEqual([
      expect.stringContaining('consumer clinic removed'),
      'readable by everybody: the list of consumers is gone',
    ])
  })

  it('takes up a new topic, and the removal of an empty one', () => {
    expect(planChanges([], [base], { now, topics: new Map() })).toEqual([
      { topic: 'permits', what: 'new topic, retention 7d, owed to clinic from now on' },
    ])
    expect(planChanges([base], [], { now, topics: new Map() })).toEqual([{ topic: 'permits', what: 'topic removed' }])
  })

  it('refuses to remove a topic with events, and names the loss and the way', () => {
    const facts = { now, topics: new Map([['permits', { events: 1, bytes: 1, firstReceived: now }]]) }
    expect(planChanges([base], [], facts)).toEqual([
      {
        topic: 'permits',
        what: 'topic removed',
        refused:
          '1 event of permits would be lost. To keep the topic: hms-sync topics add permits. To accept the loss: hms-sync topics apply --accept-loss permits; while no bus runs: hms-sync serve --accept-loss permits',
      },
    ])
  })

  it('refuses to narrow retention over events that are there, or whose age is not known', () => {
    expect(plan({ retentionMs: day })[0]?.refused).toBe(
      'Events of permits older than 1d could no longer be replayed; the oldest was received 2026-11-19T00:00:00.000Z. To accept the loss: hms-sync topics apply --accept-loss permits; while no bus runs: hms-sync serve --accept-loss permits',
    )
    expect(plan({ retentionMs: day }, { events: 1, bytes: 1, firstReceived: null })[0]?.refused).toContain('older than 1d')
    expect(plan({ retentionMs: day }, { events: 0, bytes: 0, firstReceived: null })[0]?.refused).toBeUndefined()
  })

  it('refuses maxBytes below what is held, and fewer partitions altogether', () => {
    expect(plan({ maxBytes: 4_999 })[0]?.refused).toMatch(
      /^permits holds 5000 bytes, and its oldest events would be lost down to 4999.*--accept-loss permits$/,
    )
    expect(plan({ maxBytes: 5_000 })[0]?.refused).toBeUndefined()
    expect(plan({ partitions: 1 })[0]?.refused).toMatch(/Partitions cannot be taken away.*This cannot be accepted/)
  })

  it('refuses a narrower retention exactly when an event is too old for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 14 }), (days, age) => {
        const [change] = plan({ retentionMs: days * day }, { events: 1, bytes: 1, firstReceived: now - age * day })
        expect(change?.refused !== undefined).toBe(days < 7 && age > days)
      }),
    )
  })
})

describe('serialiseTopics', () => {
  it('is read back equal', () => {
    expect(parseTopics(serialiseTopics([base, { ...base, name: 'b', key: null, schemas: [] }]))).toEqual([
      base,
      { ...base, name: 'b', key: null, schemas: [] },
    ])
  })

  it('is refused when another version wrote it', () => {
    expect(() => parseTopics('{"format":2,"topics":[]}')).toThrow(expect.objectContaining({ code: 'data_version' }))
  })
})
