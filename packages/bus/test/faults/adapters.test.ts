/** Operators' code that goes wrong: the adapter stops with a notice, and nobody else notices. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { post, publishBatch } from './producer.js'
import { readGroup } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { RecordingTarget } from './recording-target.js'

vi.setConfig({ testTimeout: 120_000 })
/** A map that loops on the thread which accepts events would hold every publish up for ever, or until a watchdog of 5 s. */
const mostMs = 2_500

const bad = {
  loop: 'for (;;);',
  exit: 'process.exit(3)',
  hungry: 'for (const kept = []; ; ) kept.push(new Array(100_000).fill(kept.length))',
  throws: "throw new TypeError('no such slot')",
} as const

it('stops the adapter whose map never ends, exits or eats all memory, refuses the event of one that throws, and publishing goes on', async () => {
  const { states, latencies, seen, published, throwing } = await runBadMaps()
  expect(states.loop).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/did not come back for \d+ ms.*while it mapped event/s),
  })
  expect(states.exit).toMatchObject({ state: 'failed', reason: expect.stringMatching(/process\.exit\(3\)/) })
  expect(states.hungry).toMatchObject({ state: 'failed', reason: expect.stringMatching(/memory|heap/i) })
  expect(states.throws).toMatchObject({ state: 'running' })
  expect(throwing).toMatch(/map threw at .*throws\.js:\d+:\d+: TypeError: no such slot/)
  expect(seen).toBe(published)
  console.info(
    `${latencies.length} publishes meanwhile: median ${median(latencies).toFixed(1)} ms, most ${Math.max(...latencies).toFixed(1)} ms`,
  )
  expect(Math.max(...latencies)).toBeLessThan(mostMs)
})

it('notices when adapters run on the thread that accepts events (planted bug)', async () => {
  const { latencies } = await runBadMaps(['adapters-on-main-thread'])
  expect(Math.max(...latencies)).toBeGreaterThan(mostMs)
})

/** One topic an adapter, each with a good event before the bad one, while another topic is published to and followed. */
async function runBadMaps(plants: readonly string[] = []) {
  const target = await RecordingTarget.start()
  onTestFinished(() => target.stop())
  const names = Object.keys(bad) as (keyof typeof bad)[]
  const file = (name: keyof typeof bad) =>
    `export default {\n  url: '${target.url}',\n  topics: ['${name}'],\n  map: ({ key, n }, event) => {\n    if (n === 13) ${bad[name]}\n    return { id: event.id, key, n }\n  },\n}\n`
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `steady: { key: key, consumers: [clinic] }\n${names.map((name) => `${name}: { key: key }\n`).join('')}`,
      ...Object.fromEntries(names.map((name) => [`adapters/${name}.js`, file(name)])),
    },
    plants,
  })
  onTestFinished(() => lives.dispose())
  const clinic = await RecordedGroup.join(lives, { group: 'clinic', topic: 'steady', concurrency: 16 })
  onTestFinished(() => clinic.close())
  for (const name of names) await publishBatch(lives.url, name, [{ key: 'a', n: 1 }])
  await eventually(() => target.seen.size >= names.length || undefined)

  const latencies: number[] = []
  let over = false
  const steady = (async () => {
    for (let n = 0; !over; n++) {
      const started = performance.now()
      await post(lives.url, 'steady', { source: 'clerk', id: `s${n}`, payload: { key: `k${n % 5}`, n } })
      latencies.push(performance.now() - started)
    }
  })()
  await eventually(() => latencies.length > 20 || undefined)
  for (const name of names) await publishBatch(lives.url, name, [{ key: 'b', n: 13 }])
  const failed = async () => {
    const states = await adapterStates(lives.url)
    return names.filter((name) => states[name]?.state === 'failed').length >= names.length - 1 ? states : undefined
  }
  const states = plants.length === 0 ? await eventually(failed) : await adapterStates(lives.url)
  const throwing = await eventually(async () => (await readGroup(lives.url, 'throws')).topics[0]!.lastError?.reason)
  over = true
  await steady
  await eventually(() => clinic.seen.size >= latencies.length || undefined)
  return { states, latencies, throwing, seen: clinic.seen.size, published: latencies.length }
}

type States = Readonly<Record<string, { readonly state: string; readonly reason?: string }>>

async function adapterStates(url: string): Promise<States> {
  const { items } = (await (await fetch(`${url}/v1/adapters`)).json()) as {
    readonly items: readonly ({ readonly name: string } & States[string])[]
  }
  return Object.fromEntries(items.map((item) => [item.name, item]))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
