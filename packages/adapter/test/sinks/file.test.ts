import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Json } from '@hms-sync/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Collected } from '#dist/faults.js'
import { realDisk } from '#dist/sinks/file/disk.js'
import { file } from '#dist/sinks/file/file.js'
import { readFileOptions } from '#dist/sinks/file/file-options.js'
import { FileSink } from '#dist/sinks/file/file-sink.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'
import type { FileOptions } from '../../src/sinks/file/file-options.js'
import { eventOf } from '../test-target.js'

const never = new AbortController().signal
let folder: string
let sinks: Sink[]
let now: number
let count: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-'))
  sinks = []
  now = Date.UTC(2026, 10, 21, 15, 4, 5)
  count = 0
})
afterEach(async () => {
  for (const sink of sinks) await sink.close()
  rmSync(folder, { recursive: true, force: true })
})

function open(options: Partial<FileOptions> = {}): Sink {
  const collected = new Collected()
  const settings = readFileOptions({ folder, format: 'ndjson', ...options }, '', collected)
  collected.throwIfAny('file()')
  const sink = new FileSink(settings!, { disk: realDisk, now: () => now })
  sinks.push(sink)
  return sink
}

function delivery(value: Json = { n: ++count }): SinkDelivery {
  return { event: eventOf(value, { id: `e-${count}` }), value, attempt: 1, idempotencyKey: `k-${count}`, adapter: 'warehouse' }
}

function apply(sink: Sink, ...deliveries: readonly SinkDelivery[]): Promise<readonly SinkOutcome[]> {
  return sink.apply(deliveries, never)
}

const visible = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort()
const text = (name: string): string => readFileSync(join(folder, name), 'utf8')
const lines = (): readonly string[] => visible().flatMap((name) => text(name).split('\n').slice(0, -1))

it('shows a file under its name when it is whole, and not before', async () => {
  const sink = open({ rotate: { maxEvents: 3 } })
  await apply(sink, delivery())
  await apply(sink, delivery())
  expect(visible()).toEqual([])
  now += 1_000
  await apply(sink, delivery())
  expect(visible()).toEqual(['warehouse-2026-11-21-150405-000001.ndjson'])
  expect(lines()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
  await apply(sink, delivery(), delivery(), delivery(), delivery())
  expect(visible().at(-1)).toBe('warehouse-2026-11-21-150406-000002.ndjson')
  expect(lines()).toHaveLength(7)
})

it('begins another file when one is large enough', async () => {
  const sink = open({ rotate: { maxBytes: 20 }, name: 'permits-{date}' })
  for (let i = 0; i < 6; i++) await apply(sink, delivery())
  expect(visible()).toEqual(['permits-2026-11-21-000001.ndjson', 'permits-2026-11-21-000002.ndjson'])
})

it('shows a file in time though no event comes', async () => {
  // The shortest that options allow is a minute: what the timer does is tried with settings of its own.
  const settings = readFileOptions({ folder, format: 'ndjson' }, '', new Collected())!
  const sink = new FileSink({ ...settings, everyMs: 50 }, { disk: realDisk, now: Date.now })
  sinks.push(sink)
  await apply(sink, delivery())
  await expect.poll(visible).toHaveLength(1)
})

it('goes on with the part that was left, and recognises what is in it', async () => {
  const [first, second, third] = [delivery(), delivery(), delivery()]
  const sink = open()
  await apply(sink, first, second)
  await sink.close()
  const later = open({ rotate: { maxEvents: 3 } })
  expect(await apply(later, first, second, third)).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'done' }])
  expect(lines()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
})

it('cuts off what a crash left half written, and takes those events again', async () => {
  const [first, second] = [delivery(), delivery()]
  const sink = open()
  await apply(sink, first)
  await sink.close()
  appendFileSync(join(folder, '.warehouse.000001.part'), '{"n":2}\n{"n":')
  appendFileSync(join(folder, '.warehouse.state'), '{"end":99,"ev')
  await apply(open({ rotate: { maxEvents: 2 } }), second)
  expect(lines()).toEqual(['{"n":1}', '{"n":2}'])
})

it('knows after a crash between the name and the next part that the file was finished', async () => {
  const [first, second] = [delivery(), delivery()]
  const sink = open()
  await apply(sink, first)
  await sink.close()
  renameSync(join(folder, '.warehouse.000001.part'), join(folder, 'warehouse-2026-11-21-150405-000001.ndjson'))
  await apply(open({ rotate: { maxEvents: 1 } }), first, second)
  expect(lines()).toEqual(['{"n":1}', '{"n":2}'])
  expect(visible()).toHaveLength(2)
})

it('knows a part that was just begun from the one before, after a crash between the two', async () => {
  const [first, second] = [delivery(), delivery()]
  const sink = open()
  await apply(sink, first)
  await sink.close()
  renameSync(join(folder, '.warehouse.000001.part'), join(folder, 'warehouse-2026-11-21-150405-000001.ndjson'))
  writeFileSync(join(folder, '.warehouse.000002.part'), '')
  await apply(open({ rotate: { maxEvents: 1 } }), first, second)
  expect(lines()).toEqual(['{"n":1}', '{"n":2}'])
})

it('never writes over a file that has the name already', async () => {
  writeFileSync(join(folder, 'permits-000001.ndjson'), 'mine\n')
  await apply(open({ name: 'permits', rotate: { maxEvents: 1 } }), delivery())
  expect(lines()).toEqual(['mine', '{"n":1}'])
})

it('does not write on a part of which it does not know what in it is whole', async () => {
  writeFileSync(join(folder, '.warehouse.000001.part'), '{"n":0}\n')
  expect(await apply(open(), delivery())).toMatchObject([
    { outcome: 'retry', scope: 'target', reason: expect.stringMatching(/lies there without .*look at it and move it away/) },
  ])
})

it('notices that its part was moved away, and goes on in another', async () => {
  const sink = open({ rotate: { maxEvents: 2 } })
  await apply(sink, delivery())
  renameSync(join(folder, '.warehouse.000001.part'), join(folder, 'taken'))
  await apply(sink, delivery(), delivery())
  expect(lines()).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'].sort())
})

it('begins another file when the columns are others', async () => {
  const csv = { format: 'csv', name: 'permits' } as const
  const sink = open({ ...csv, columns: ['a', 'b'] })
  await apply(sink, delivery({ a: 1, b: 2 }))
  await sink.close()
  count++
  await apply(open({ ...csv, columns: ['b'], rotate: { maxEvents: 1 } }), delivery({ a: 3, b: 4 }))
  expect(visible().map(text)).toEqual(['a,b\r\n1,2\r\n', 'b\r\n4\r\n'])
})

it('writes CSV that others read', async () => {
  const sink = open({ format: 'csv', columns: ['a', 'b', 'c', 'd', 'e'], rotate: { maxEvents: 2 } })
  const hostile = { a: 'say "hi", twice', b: 'two\r\nlines', c: null, d: '', e: [1, { x: 'y' }] }
  const formulas = { a: '=1+1', b: -5, c: '-5', d: '@x', e: true, left: 'out' }
  expect(await apply(sink, delivery(hostile))).toEqual([{ outcome: 'done', detail: { request: `APPEND TO ${basename(folder)}` } }])
  count++
  await apply(sink, delivery(formulas))
  expect(text(visible()[0]!)).toBe('a,b,c,d,e\r\n"say ""hi"", twice","two\r\nlines",,"","[1,{""x"":""y""}]"\r\n=1+1,-5,-5,@x,true\r\n')
})

it('puts a quote in front of formulas when it is told to', async () => {
  const sink = open({ format: 'csv', columns: ['a', 'b'], delimiter: ';', escapeFormulas: true, rotate: { maxEvents: 1 } })
  await apply(sink, delivery({ a: '=HYPERLINK("x";"y")', b: -5 }))
  expect(text(visible()[0]!)).toBe('a;b\r\n"\'=HYPERLINK(""x"";""y"")";-5\r\n')
})

it('refuses what is no row of CSV, alone', async () => {
  const sink = open({ format: 'csv', columns: ['n'] })
  const outcomes = await apply(sink, delivery(), { ...delivery(), value: [1] }, delivery())
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'done'])
  expect(outcomes[1]).toMatchObject({ reason: expect.stringMatching(/map made a list/) })
})

it('keeps to the folder whatever the adapter is called', async () => {
  const sink = open({ name: '{adapter}', rotate: { maxEvents: 1 } })
  await apply(sink, { ...delivery(), adapter: '../../ware house#2' })
  expect(visible()).toEqual(['------ware-house-2-000001.ndjson'])
})

it('describes the line and the file', () => {
  expect(open().describe!(delivery({ n: 7 }))).toBe(`${folder}, a line of warehouse-2026-11-21-150405-000001.ndjson\n{"n":7}`)
})

it('names all faults of its options at once', () => {
  const options = { folder: '', format: 'xml', name: '../x', rotate: { every: '1s', maxByte: 1 }, timeoutMs: 1 }
  expect(() => file(options as unknown as FileOptions)).toThrow(
    /folder: write the folder[\s\S]*format: write ndjson or csv[\s\S]*name: a name has[\s\S]*rotate.maxByte: [\s\S]*did you mean "maxBytes"[\s\S]*rotate.every: write a duration of at least 1m[\s\S]*timeoutMs: /,
  )
  expect(() => file({ folder, format: 'ndjson', columns: ['a'] })).toThrow(/columns: only format: csv has this/)
  expect(() => file({ folder, format: 'csv' })).toThrow(/columns: write the columns/)
})
