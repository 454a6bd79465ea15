import { describe, expect, it } from 'vitest'
import { topicsOf, topicsOfAll } from '#dist/adapters/adapter-topics.js'
import { builtInTopics } from '#dist/registry/built-in-topics.js'
import { topicOf } from './test-project.js'

const topics = [
  topicOf('open'),
  topicOf('permits.approved'),
  topicOf('permits.closed', { consumers: ['scheduling', 'ehr'] }),
  topicOf('payroll', { consumers: ['treasury'] }),
]
const named = (...patterns: string[]) => ({ kind: 'named', patterns }) as const

describe('the topics of an adapter', () => {
  it('are those that list it, when it names none', () => {
    expect(topicsOf('scheduling', { kind: 'declared' }, topics, true)).toEqual(['permits.closed'])
  })

  it('are all without a list on open loopback, when none lists it', () => {
    expect(topicsOf('newcomer', { kind: 'declared' }, topics, true)).toEqual(['open', 'permits.approved'])
    expect(topicsOf('newcomer', { kind: 'declared' }, topics, false)).toEqual([])
  })

  it('pass over what leaves it out, for patterns and for all', () => {
    expect(topicsOf('scheduling', { kind: 'all' }, topics, true)).toEqual(['open', 'permits.approved', 'permits.closed'])
    expect(topicsOf('other', named('permits.*'), topics, true)).toEqual(['permits.approved'])
    expect(topicsOf('other', named('nothing.*'), topics, true)).toEqual([])
  })

  it('are those of the bus itself only where one is named', () => {
    const all = [...topics, ...builtInTopics()]
    for (const choice of [{ kind: 'declared' }, { kind: 'all' }, named('**'), named('hms.sync.*')] as const)
      expect(topicsOf('other', choice, all, true)).not.toContain('hms.sync.notices')
    expect(topicsOf('other', named('permits.*', 'hms.sync.notices'), all, true)).toEqual(['permits.approved', 'hms.sync.notices'])
    expect(() => topicsOf('other', named('hms.sync.notes'), all, true)).toThrow(/"hms\.sync\.notes", which topics\.yaml does not have/)
  })

  it('are a fault when one is named that leaves it out or does not exist, all told at once', () => {
    expect(topicsOf('scheduling', named('permits.closed', 'open'), topics, true)).toEqual(['open', 'permits.closed'])
    expect(() => topicsOf('scheduling', named('payroll', 'opn'), topics, true)).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(
          /"payroll", whose consumers leave it out\. Write scheduling under consumers.*\n.*"opn", which topics\.yaml does not have/s,
        ),
      }),
    )
  })

  it('of all sinks are a fault where one is exactly_once and its sink can only repeat, unless that is accepted', () => {
    const all = [...topics, topicOf('ledger', { qos: 'exactly_once' })]
    const sinks = { topics: [named('open'), named('ledger')], effects: ['at_least_once', 'idempotent'], acceptDuplicates: false } as const
    expect(topicsOfAll('books', sinks, all, true)).toEqual(['open', 'ledger'])
    const mails = { ...sinks, effects: ['idempotent', 'at_least_once'] } as const
    expect(() => topicsOfAll('books', mails, all, true)).toThrow(
      /"ledger" is exactly_once, and the adapter "books" .*acceptDuplicates: true/,
    )
    expect(() => topicsOfAll('books', { ...mails, topics: [named('ledger'), { kind: 'declared' }] }, all, true)).toThrow(/"ledger"/)
    expect(topicsOfAll('books', { ...mails, acceptDuplicates: true }, all, true)).toEqual(['open', 'ledger'])
  })
})
