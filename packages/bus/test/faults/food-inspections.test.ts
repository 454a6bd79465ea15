/** Real input under faults: a city's food inspections through a bus that is killed again and again. */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { connect, type WireEvent } from '@hms-sync/client'
import { expect, it, onTestFinished } from 'vitest'
import { describeWith, file } from '../../../../test/needs.js'
import { checkout, eventually } from '../processes.js'
import { Lives } from './lives.js'
import { between, seeded } from './random.js'
import { readLog } from './read-log.js'

const data = file(join(checkout, '../shared/data/food-inspections-2011-2013.jsonl.gz'), 'The data set of food inspections')
const example = join(checkout, 'examples/city-permits')
const topic = 'food.inspections'
const kills = 3

interface Inspection {
  readonly inspectionId: number
  readonly license: number
}

describeWith(data, 'the food inspections of a city', (path) => {
  it('are all received in order per license over kills of the bus, and replayed from a point in time', { timeout: 240_000 }, async () => {
    const lines = (await text(createReadStream(path).pipe(createGunzip()))).trimEnd().split('\n')
    const inspections = lines.map((line): Inspection => JSON.parse(line))
    expect(inspections).toHaveLength(17_823)
    const random = seeded('food inspections')
    const lives = await Lives.begin({
      files: {
        'topics.yaml': await readFile(join(example, 'topics.yaml'), 'utf8'),
        [`schemas/${topic}.v1.json`]: await readFile(join(example, `schemas/${topic}.v1.json`), 'utf8'),
      },
    })
    onTestFinished(() => lives.dispose())
    const reader = await connect({ url: lives.url, name: 'city-health', onError: () => {} })
    const writer = await connect({ url: lives.url, name: 'inspector', onError: () => {} })
    onTestFinished(async () => void (await Promise.all([reader.close({ timeoutMs: 100 }), writer.close({ timeoutMs: 100 })])))
    const received = new Map<string, Inspection>()
    await reader.subscribe(
      topic,
      (message) => {
        if (!received.has(message.id)) received.set(message.id, message.payload as unknown as Inspection)
      },
      { concurrency: 64, from: 'all' },
    ).ready

    const events = inspections.map((payload) => ({ payload, id: String(payload.inspectionId) }))
    const published = writer.publishMany(topic, events, { timeoutMs: 120_000 })
    for (let i = 1; i <= kills; i++) {
      const enough = between(random, ((i - 1) * lines.length) / (kills + 1), (i * lines.length) / (kills + 1))
      await eventually(() => received.size >= enough || undefined)
      await lives.end()
      await lives.start()
    }
    expect((await published).filter(({ ok }) => !ok)).toEqual([])
    await eventually(() => received.size >= inspections.length || undefined)

    expect(perLicense([...received.values()])).toEqual(perLicense(inspections))
    const log = await readLog(lives.url, topic)
    expect(perLicense(log.map(({ payload }) => payload as unknown as Inspection))).toEqual(perLicense(inspections))
    const middle = log[Math.floor(log.length / 2)]!
    const since = (event: WireEvent) => Date.parse(event.received) >= Date.parse(middle.received)
    expect((await readLog(lives.url, topic, middle.received)).map(({ id }) => id)).toEqual(log.filter(since).map(({ id }) => id))
  })
})

function perLicense(inspections: readonly Inspection[]): ReadonlyMap<number, readonly number[]> {
  const byLicense = new Map<number, number[]>()
  for (const { license, inspectionId } of inspections) byLicense.set(license, [...(byLicense.get(license) ?? []), inspectionId])
  return byLicense
}
