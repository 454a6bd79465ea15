/** One payload that a system does not take, and the way from there to its delivery. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { deadLetter, deadLetters, send } from './operator.js'
import { publishBatch } from './producer.js'
import { RecordingTarget } from './recording-target.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'permitApproved'
const broken = 7
const events = Array.from({ length: 20 }, (_, n) => ({ key: `k${n}`, n }))

const breakages = {
  'a system that refuses it': {
    map: '({ n, mended }, event) => ({ id: event.id, key: event.key, n, mended })',
    letter: { reason: expect.stringMatching(/422.*no such inspector/), errorClass: 'refused' },
    tries: [
      { outcome: 'refused', status: 422, answer: '{"error":"no such inspector"}', request: expect.stringMatching(/^POST http.*\/events/) },
    ],
  },
  'a mapping that throws': {
    map: `({ n }, event) => {
      if (n === ${broken}) throw new TypeError('no such inspector')
      return { id: event.id, key: event.key, n }
    }`,
    letter: { reason: expect.stringMatching(/scheduling\.js:\d+:\d+: TypeError: no such inspector/), errorClass: 'mapping' },
    tries: [{ outcome: 'refused', status: null }],
  },
} as const

it.each(Object.entries(breakages))(
  'makes one dead letter of one payload that meets %s, and delivers it once the mapping is mended, loaded and it is redriven',
  async (_what, { map, letter, tries }) => {
    const found = await mend(map)
    expect(found.letters).toMatchObject([{ ...letter, state: 'open', attempts: 1, group: 'scheduling', tries }])
    expect(found.deliveredBefore).toBe(events.length - 1)
    expect(found).toMatchObject({ redriven: { items: [{ ok: true, state: 'redriving' }] }, state: 'done', delivered: events.length })
  },
)

it('notices when what is refused is tried again and again (planted bug)', async () => {
  const found = await mend(breakages['a system that refuses it'].map, ['retry-refused'])
  expect(found.letters).not.toMatchObject([{ attempts: 1 }])
})

/** Publishes twenty events, one of them broken, looks at the dead letters, mends the mapping and sends again. */
async function mend(map: string, plants: readonly string[] = []) {
  const target = await RecordingTarget.start({
    answers: ({ n, mended }) => (n === broken && mended !== true ? { status: 422, text: '{"error":"no such inspector"}' } : 200),
  })
  onTestFinished(() => target.stop())
  const file = (text: string) => `export default { url: '${target.url}/events', retry: ['200ms'], maxAttempts: 3, map: ${text} }\n`
  const lives = await Lives.begin({
    files: { 'topics.yaml': `${topic}: { key: key, consumers: [scheduling] }\n`, 'adapters/scheduling.js': file(map) },
    plants,
  })
  onTestFinished(() => lives.dispose())
  await publishBatch(lives.url, topic, events)
  await eventually(async () => (await deadLetters(lives.url)).length > 0 || undefined)
  await eventually(() => target.accepted.size === events.length - 1 || undefined)
  const open = await deadLetters(lives.url)
  const letters = await Promise.all(open.map(({ id }) => deadLetter(lives.url, id)))
  const deliveredBefore = target.accepted.size

  await writeFile(
    join(lives.folder, 'adapters/scheduling.js'),
    file('({ n }, event) => ({ id: event.id, key: event.key, n, mended: true })'),
  )
  await send(lives.url, 'POST', '/v1/adapters/scheduling/reload')
  const { body: redriven } = await send(lives.url, 'POST', '/v1/dead-letters/redrive', { adapter: 'scheduling' })
  await eventually(() => target.accepted.size === events.length || undefined)
  const state = await eventually(async () => {
    const { state: now } = await deadLetter(lives.url, open[0]!.id)
    return now === 'redriving' ? undefined : now
  })
  return { letters, deliveredBefore, redriven, state, delivered: target.accepted.size }
}
