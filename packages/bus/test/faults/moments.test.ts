/** Kills at the moments that matter most, each commit of some work in turn. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from '@hms-sync/client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives, type LivesOptions } from './lives.js'
import { type Answer, httpProducer, postUntilAnswered, publishBatch } from './producer.js'
import { readLog } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { violationsOfGroup, violationsOfLog } from './violations.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'orders'
/** Applying makes as many. */
const commits = 5
const sent = { source: 'clerk', id: 'a-1', key: 'a', n: 1 }

/** A bus that dies at a commit of some work: once, in its next lives it does not. */
async function dying(die: string, files: LivesOptions['files'], plants: readonly string[] = []): Promise<Lives> {
  const lives = await Lives.begin({ files, plants: ['die-at-commit', ...plants], env: { HMS_SYNC_DIE: die } })
  onTestFinished(() => lives.dispose())
  lives.change({ plants })
  return lives
}

describe('killed between storing an event and answering', () => {
  const publishOverKill = async (plants: readonly string[] = []): Promise<{ readonly answer: Answer; readonly stored: number }> => {
    const lives = await dying('append 1 after', { 'topics.yaml': `${topic}: { key: key }\n` }, plants)
    const answered = postUntilAnswered(lives.url, topic, sent)
    await lives.died()
    await lives.start()
    return { answer: await answered, stored: (await readLog(lives.url, topic)).length }
  }

  it('answers the retry with the same id as a duplicate, and has stored it once', async () => {
    const { answer, stored } = await publishOverKill()
    expect(answer).toMatchObject({ status: 200, duplicate: true })
    expect(stored).toBe(1)
  })

  it('does so for the SDK, which sends again by itself', async () => {
    const lives = await dying('append 1 after', { 'topics.yaml': `${topic}: { key: key }\n` })
    const bus = await connect({ url: lives.url, name: 'clerk', onError: () => {} })
    onTestFinished(() => bus.close())
    const answered = Promise.all([1, 2, 3].map((n) => bus.publish(topic, { key: 'a', n }, { timeoutMs: 60_000 })))
    await lives.died()
    await lives.start()
    expect((await answered).map(({ duplicate }) => duplicate)).toEqual([true, true, true])
    expect((await readLog(lives.url, topic)).map(({ payload }) => (payload as { n: number }).n)).toEqual([1, 2, 3])
  })

  it('is noticed when ids are forgotten (planted bug)', async () => {
    expect(await publishOverKill(['forget-ids-at-restart'])).toMatchObject({ answer: { status: 201 }, stored: 2 })
  })
})

describe('killed before an event is stored', () => {
  it('stores it once, at the retry', async () => {
    const lives = await dying('append 1 before', { 'topics.yaml': `${topic}: { key: key }\n` })
    const answered = postUntilAnswered(lives.url, topic, sent)
    await lives.died()
    await lives.start()
    expect(await answered).toMatchObject({ status: 201, duplicate: false })
    expect(await readLog(lives.url, topic)).toHaveLength(1)
  })
})

describe('killed during topics apply', () => {
  const before = `${topic}: { key: key, consumers: [clinic] }\n`
  const wanted = `${topic}: { key: key, consumers: [clinic, late], retention: 14d }\nmore: { key: key, partitions: 4, consumers: [clinic, late] }\n`

  const applyOverKill = async (die: string, plants: readonly string[] = []): Promise<readonly string[]> => {
    const lives = await dying(`apply ${die}`, { 'topics.yaml': before }, plants)
    const producers = ['p0', 'p1'].map((source) => httpProducer({ url: lives.url, source, topic, keys: 3 }))
    const acknowledged = () => producers.flatMap((producer) => producer.acknowledged)
    await eventually(() => acknowledged().length > 20 || undefined)
    await writeFile(join(lives.folder, 'topics.yaml'), wanted)
    expect(await applyRegistry(lives.url)).toBe('no answer')
    await lives.died()
    await lives.start()
    const clinic = await RecordedGroup.join(lives, { group: 'clinic', topic, concurrency: 16 })
    onTestFinished(() => clinic.close())

    const [id] = await publishBatch(lives.url, 'more', [{ key: 'a', n: 0 }])
    const late = await RecordedGroup.join(lives, { group: 'late', topic: 'more', concurrency: 1 })
    onTestFinished(() => late.close())
    await eventually(() => late.seen.has(id!) || undefined)
    await Promise.all(producers.map((producer) => producer.stop()))
    const log = await readLog(lives.url, topic)
    await eventually(() => log.every((event) => clinic.seen.has(event.id)) || undefined)
    return [...violationsOfLog(log, acknowledged()), ...violationsOfGroup('clinic', clinic.receipts, log, lives.endedAt)]
  }

  it.each(Array.from({ length: commits }, (_, i) => `${i + 1} ${i % 2 === 0 ? 'before' : 'after'}`))(
    'at commit %s it, keeps what it had and takes up the rest at the next start',
    async (die) => {
      expect(await applyOverKill(die)).toEqual([])
    },
  )

  it('is noticed when events are answered before they are stored (planted bug)', async () => {
    expect((await applyOverKill('3 after', ['answer-before-commit'])).join()).toMatch(/was acknowledged and is lost/)
  })
})

describe('killed during trimming', () => {
  const trimOverKill = async (die: string, plants: readonly string[] = []) => {
    const lives = await dying(
      `trim ${die}`,
      {
        'topics.yaml': `${topic}: { key: key, retention: 1s, consumers: [clinic] }\nforced: { key: key, maxBytes: 65536, consumers: [away] }\n`,
      },
      plants,
    )
    const payloads = Array.from({ length: 1_000 }, (_, n) => ({ key: `k${n % 7}`, n, text: 'x'.repeat(200) }))
    const owed = await publishBatch(lives.url, topic, payloads)
    const expired = Date.now() + 1_200
    await eventually(() => Date.now() > expired || undefined)
    const forced = await publishBatch(lives.url, 'forced', payloads).catch(() => [])
    await lives.died()
    await lives.start()
    const kept = (await readLog(lives.url, topic)).map(({ id }) => id)
    const held = (await readLog(lives.url, 'forced')).map(({ id }) => id)
    const away = await RecordedGroup.join(lives, { group: 'away', topic: 'forced', concurrency: 16 })
    onTestFinished(() => away.close())
    await eventually(() => held.every((id) => away.seen.has(id)) || undefined)
    const violations = violationsOfGroup(
      'away',
      away.receipts,
      held.map((id) => ({ id })),
      lives.endedAt,
    )
    return { owed, kept, forced, held, violations }
  }

  it.each(['1 before', '2 before', '2 after'])(
    'at commit %s it, has all that is owed, and the rest of the log without a hole',
    async (die) => {
      const { owed, kept, forced, held, violations } = await trimOverKill(die)
      expect(kept).toEqual(owed)
      expect(held).toEqual(forced.slice(forced.length - held.length))
      expect(violations).toEqual([])
    },
  )

  it('is noticed when owed events are trimmed (planted bug)', async () => {
    const { owed, kept } = await trimOverKill('2 after', ['trim-owed'])
    expect(kept.length).toBeLessThan(owed.length)
  })
})

/** As `hms-sync topics apply`. */
async function applyRegistry(url: string): Promise<number | 'no answer'> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/v1/registry/apply`, { method: 'POST', headers, body: '{}' }).then(
    ({ status }) => status,
    () => 'no answer',
  )
}
