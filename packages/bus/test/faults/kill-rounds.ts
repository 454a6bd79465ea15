import { connect } from '@hms-sync/client'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { httpProducer, sdkProducer } from './producer.js'
import { between, type Random } from './random.js'
import { readLog } from './read-log.js'
import { RecordedGroup } from './recorded-group.js'
import { RecordingTarget } from './recording-target.js'
import { violationsOfGroup, violationsOfIdempotency, violationsOfLog } from './violations.js'

export interface KillRounds {
  readonly rounds: number
  readonly random: Random
  readonly plants?: readonly string[]
  /** All that is owed must have come by then, after the last kill. */
  readonly drainMs: number
}

export interface Survived {
  readonly violations: readonly string[]
  readonly acknowledged: number
  readonly repeats: number
  readonly retries: number
}

const topic = 'orders'
const groups = [
  { group: 'clinic', concurrency: 16 },
  { group: 'payroll', concurrency: 1 },
  { group: 'warehouse', concurrency: 4, members: 2 },
] as const

/** Eight producers, four groups and an adapter over one data folder; the bus is killed again and again at random moments. */
export async function surviveKills({ rounds, random, plants = [], drainMs }: KillRounds): Promise<Survived> {
  const target = await RecordingTarget.start()
  const consumers = [...groups.map(({ group }) => group), 'slow', 'scheduling']
  const lives = await Lives.begin({
    files: {
      'topics.yaml': `${topic}: { key: key, partitions: 3, consumers: [${consumers.join(', ')}] }\n`,
      'adapters/scheduling.js': target.adapterFile(),
    },
    plants,
  })
  target.lives = lives
  const recorded: RecordedGroup[] = []
  const bus = await connect({ url: lives.url, name: 'sdk', onError: () => {} })
  try {
    for (const group of groups) recorded.push(await RecordedGroup.join(lives, { ...group, topic }))
    recorded.push(await RecordedGroup.join(lives, { group: 'slow', topic, concurrency: 8, workMs: () => between(random, 0, 20) }))
    const producers = Array.from({ length: 7 }, (_, i) => httpProducer({ url: lives.url, source: `p${i}`, topic, keys: 5 }))
    producers.push(sdkProducer(bus, { source: 'sdk', topic, keys: 5 }))
    const acknowledgedSoFar = () => producers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
    for (let round = 0; round < rounds; round++) {
      const enough = acknowledgedSoFar() + between(random, 1, 400)
      await eventually(() => acknowledgedSoFar() >= enough || undefined)
      await pause(between(random, 0, 40))
      await lives.end()
      // Every fourth time it is killed again while it starts.
      if (random() < 0.25) await lives.startAndKill(between(random, 0, 1_000))
      await lives.start()
    }
    await Promise.all(producers.map((producer) => producer.stop()))
    const log = await readLog(lives.url, topic)
    const events = new Set(log.map(({ id }) => id)).size
    const everyone = [...recorded, target]
    const drained = AbortSignal.timeout(drainMs)
    await eventually(() => drained.aborted || everyone.every(({ seen }) => seen.size >= events) || undefined)
    const acknowledged = producers.flatMap((producer) => producer.acknowledged)
    return {
      violations: [
        ...violationsOfLog(log, acknowledged),
        ...recorded.flatMap(({ name, receipts }) => violationsOfGroup(name, receipts, log, lives.endedAt)),
        ...violationsOfGroup('scheduling', target.receipts, log, lives.endedAt),
        ...violationsOfIdempotency(target.receipts),
      ],
      acknowledged: acknowledged.length,
      repeats: everyone.reduce((sum, { receipts, seen }) => sum + receipts.length - seen.size, 0),
      retries: producers.reduce((sum, producer) => sum + producer.tries.failed, 0),
    }
  } finally {
    await Promise.all([...recorded, bus].map((one) => one.close()))
    await lives.dispose()
    await target.stop()
  }
}

/** Not a wait for something: the moment at which the fault comes. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
