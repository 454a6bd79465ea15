/** Real input: the food inspections of the City of Chicago through `hms-sync publish --ndjson`, in order per establishment. */
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createGunzip } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { describeWith, file } from '../../../../test/needs.js'
import { checkout, eventually, run, startBus, temporaryFolder } from '../processes.js'

const data = file(join(checkout, '../shared/data/food-inspections-2011-2013.jsonl.gz'), 'The data set of food inspections')
const example = join(checkout, 'examples/city-permits')

interface Inspection {
  readonly inspectionId: number
  readonly license: number
}

interface Read {
  readonly id: string
  readonly key: string
  readonly received: string
  readonly payload: Inspection
}

describeWith(data, 'the food inspections of a city', (path) => {
  it('are all received in order per key, stored once, and replayed from a point in time', async () => {
    const folder = await temporaryFolder()
    onTestFinished(folder.remove)
    const lines = (await text(createReadStream(path).pipe(createGunzip()))).trimEnd().split('\n')
    const inspections: readonly Inspection[] = lines.map((line) => JSON.parse(line))
    const bus = await startBus(example, { args: ['--data', join(folder.path, 'data')] })
    onTestFinished(async () => void (await bus.stop()))
    const publish = async (some: readonly string[]) => {
      const input = join(folder.path, 'input.jsonl')
      await writeFile(input, some.join('\n'))
      const { stdout } = await run(['publish', 'food.inspections', `@${input}`, '--ndjson', '--id-from', 'inspectionId', '--json'], {
        env: bus.env,
      })
      return JSON.parse(stdout)
    }
    const read = async (since: string): Promise<readonly Read[]> => {
      const { stdout } = await run(['subscribe', 'food.inspections', `--since=${since}`, '--until=now', '--json'], { env: bus.env })
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    }

    const half = Math.floor(lines.length / 2)
    expect(await publish(lines.slice(0, half))).toEqual({ published: half, duplicates: 0, failed: 0 })
    const last = (await read('all')).at(-1)!.received
    const between = await eventually(() => (Date.now() > Date.parse(last) + 1 ? new Date().toISOString() : undefined))
    expect(await publish(lines)).toEqual({ published: lines.length - half, duplicates: half, failed: 0 })

    const all = await read('all')
    expect(all.map(({ payload }) => payload.inspectionId).sort((a, b) => a - b)).toEqual(
      inspections.map((one) => one.inspectionId).sort((a, b) => a - b),
    )
    expect(perLicense(all.map(({ payload }) => payload))).toEqual(perLicense(inspections))
    expect(all.every(({ key, payload }) => key === String(payload.license))).toBe(true)
    const replayed = await read(between)
    expect(perLicense(replayed.map(({ payload }) => payload))).toEqual(perLicense(inspections.slice(half)))
  })
})

function perLicense(inspections: readonly Inspection[]): ReadonlyMap<number, readonly number[]> {
  const byLicense = new Map<number, number[]>()
  for (const { license, inspectionId } of inspections) byLicense.set(license, [...(byLicense.get(license) ?? []), inspectionId])
  return byLicense
}
