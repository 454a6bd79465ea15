/** Operators' code that goes wrong while its system is away: two misfortunes at once. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { deadLetters, send } from './operator.js'
import { publishBatch } from './producer.js'
import { readGroup, readLog } from './read-log.js'
import { RecordingTarget } from './recording-target.js'
import { violationsOfGroup } from './violations.js'

vi.setConfig({ testTimeout: 120_000 })
const topic = 'permitApproved'

it.each(['for (;;);', 'process.exit(3)'])(
  'keeps every event, and its order, when the file does `%s` while its system is away, and delivers all once both are mended',
  async (fault) => {
    expect(await failTwice(fault)).toEqual({ violations: [], letters: 0, others: 40 })
  },
)

it('notices when what an adapter had under way is taken for done as it ends (planted bug)', async () => {
  const { violations } = await failTwice('process.exit(3)', ['handed-back-is-done'], 5_000)
  expect(violations.join()).toMatch(/never came/)
})

/** The system goes away, then the adapter's file fails; the file is mended and loaded, then the system comes back. */
async function failTwice(fault: string, plants: readonly string[] = [], drainMs = 60_000) {
  const [target, other] = await Promise.all([RecordingTarget.start(), RecordingTarget.start()])
  onTestFinished(() => Promise.all([target.stop(), other.stop()]).then(() => {}))
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `${topic}: { key: key, consumers: [scheduling, payroll] }\n`,
      'adapters/scheduling.js': target.adapterFile({ retry: ['10ms'], maxAttempts: 2 }),
      'adapters/payroll.js': other.adapterFile(),
    },
    plants,
  })
  onTestFinished(() => lives.dispose())
  target.lives = lives
  const publish = (from: number) =>
    publishBatch(
      lives.url,
      topic,
      Array.from({ length: 20 }, (_, i) => ({ key: `k${i % 4}`, n: from + i })),
    )
  const health = async () => (await readGroup(lives.url, 'scheduling')).health?.state
  const file = join(lives.folder, 'adapters/scheduling.js')
  const good = target.adapterFile({ retry: ['10ms'], maxAttempts: 2 })

  await target.stop()
  await publish(0)
  await eventually(async () => (await health()) === 'failing' || undefined)
  await writeFile(file, `export default { url: '${target.url}/events', map: () => { ${fault} } }\n`)
  await send(lives.url, 'POST', '/v1/adapters/scheduling/reload')
  const failed = async () => {
    const { items } = (await (await fetch(`${lives.url}/v1/adapters`)).json()) as {
      readonly items: readonly { name: string; state: string }[]
    }
    return items.find(({ name }) => name === 'scheduling')!.state === 'failed' || undefined
  }
  await eventually(failed)
  await publish(20)
  await eventually(() => other.accepted.size === 40 || undefined)
  await writeFile(file, good)
  await send(lives.url, 'POST', '/v1/adapters/scheduling/reload')
  await target.resume()

  const log = await readLog(lives.url, topic)
  const drained = AbortSignal.timeout(drainMs)
  await eventually(() => drained.aborted || target.accepted.size === log.length || undefined)
  const violations = violationsOfGroup('scheduling', target.receipts, log, lives.endedAt)
  return { violations, letters: (await deadLetters(lives.url)).length, others: other.accepted.size }
}
