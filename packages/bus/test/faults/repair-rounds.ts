import type { WireEvent } from '@hms-sync/client'
import { eventually } from '../processes.js'
import { Lives } from './lives.js'
import { deadLetters, Operator } from './operator.js'
import { httpProducer } from './producer.js'
import { between, type Random } from './random.js'
import { readGroup, readLog } from './read-log.js'
import { type Answer, type Posted, RecordingTarget } from './recording-target.js'
import { violationsOfIdempotency, violationsOfLog } from './violations.js'
import { type Repaired, violationsOfAccounts, violationsOfParking, violationsOfRepeats, violationsOfState } from './violations-of-repair.js'

export interface RepairRounds {
  readonly rounds: number
  readonly random: Random
  readonly plants?: readonly string[]
  /** All that can go out must have come by then, after the last kill. */
  readonly drainMs: number
}

export interface SurvivedRepairs {
  readonly violations: readonly string[]
  readonly acknowledged: number
  readonly letters: number
  readonly parkedAtTheEnd: number
  readonly repeats: number
  readonly repaired: Operator['repaired']
}

/** What the key of an event does after one that gave up, by topic. */
const topics = { hours: 'supersede', ledger: 'park', alerts: 'skip' } as const
const names = ['scheduling', 'payroll'] as const
const producersEach = 2
const keysEach = 4
/** An answer that is not there by then is none. */
const timeoutMs = 3_000

/**
 * Producers on three topics, two adapters to systems that refuse some events, fail at others and leave some without an
 * answer, and an operator who mends, sends again and lets go; the bus is killed again and again meanwhile. Then, twice:
 * with the operator gone, every event must be somewhere; and with everything mended, everything must have come.
 */
export async function surviveRepairs({ rounds, random, plants = [], drainMs }: RepairRounds): Promise<SurvivedRepairs> {
  const targets = await Promise.all(names.map((name, i) => RecordingTarget.start({ name, answers: moody(i) })))
  const consumers = `[${names.join(', ')}]`
  const lives = await Lives.begin({
    files: {
      'topics.yaml': Object.entries(topics)
        .map(([topic, onFailure]) => `${topic}: { key: key, partitions: 2, onFailure: ${onFailure}, consumers: ${consumers} }\n`)
        .join(''),
      ...Object.fromEntries(
        targets.map((target) => [
          `adapters/${target.name}.js`,
          target.adapterFile({ timeoutMs, retry: ['50ms', '200ms'], maxAttempts: 3 }),
        ]),
      ),
    },
    plants,
  })
  for (const target of targets) target.lives = lives
  const operator = new Operator(lives.url, random)
  try {
    const producers = Object.keys(topics).flatMap((topic) =>
      Array.from({ length: producersEach }, (_, i) => httpProducer({ url: lives.url, source: `${topic}${i}`, topic, keys: keysEach })),
    )
    operator.start()
    const acknowledged = () => producers.flatMap((producer) => producer.acknowledged)
    for (let round = 0; round < rounds; round++) {
      const enough = acknowledged().length + between(random, 20, 200)
      await eventually(() => acknowledged().length >= enough || undefined)
      await lives.end()
      await Promise.all(targets.map((target) => target.left()))
      if (random() < 0.2) await lives.startAndKill(between(random, 0, 1_000))
      await Promise.all(targets.map((target) => target.left()))
      await lives.start()
    }
    await Promise.all(producers.map((producer) => producer.stop()))
    await operator.stop()

    const logs = await Promise.all(Object.keys(topics).map(async (topic) => [topic, await readLog(lives.url, topic)] as const))
    const repaired = async (): Promise<readonly Repaired[]> =>
      Promise.all(
        targets.map(async (target) => ({
          target,
          letters: await deadLetters(lives.url, { group: target.name }),
          letGo: operator.letGo,
          parked: (await readGroup(lives.url, target.name)).topics.reduce((sum, { parked }) => sum + parked, 0),
        })),
      )
    const drained = AbortSignal.timeout(drainMs)
    await eventually(async () => drained.aborted || (await isQuiet(lives.url)) || undefined)
    const broken = await repaired()
    const violations = broken.flatMap((one) => violationsOfAccounts(one, logs))

    operator.mendAll()
    operator.start()
    await eventually(async () => drained.aborted || (await isMended(lives.url)) || undefined)
    await operator.stop()
    const mended = await repaired()
    return {
      violations: [
        ...violations,
        ...operator.faults,
        ...logs.flatMap(([topic, log]) => violationsOfLog(log, acknowledged().filter(isOf(topic)))),
        ...mended.flatMap((one) => [
          ...violationsOfAccounts(one, logs),
          ...violationsOfRepeats(one.target, lives.endedAt, timeoutMs),
          ...violationsOfParking(one, 'ledger'),
          ...violationsOfState(one.target, 'hours'),
          ...violationsOfIdempotency(one.target.receipts),
          ...(one.parked === 0 ? [] : [`${one.target.name}: ${one.parked} events stay parked`]),
        ]),
      ],
      acknowledged: acknowledged().length,
      letters: mended.reduce((sum, { letters }) => sum + letters.length, 0),
      parkedAtTheEnd: broken.reduce((sum, { parked }) => sum + parked, 0),
      repeats: targets.reduce(
        (sum, { receipts, accepted }) => sum + receipts.filter((receipt) => receipt.accepted).length - accepted.size,
        0,
      ),
      repaired: operator.repaired,
    }
  } finally {
    await operator.stop()
    await lives.dispose()
    await Promise.all(targets.map((target) => target.stop()))
  }
}

/** A system with whims, the same for an event whenever it comes, others in each system: of a hundred events some are refused, some fail for good or twice, one in three hundred finds no answer. */
function moody(salt: number): (posted: Posted) => Answer {
  return ({ id, mended, tries }) => {
    const mood = digest(`${salt}${id}`) % 300
    if (mended === true) return { status: 200, workMs: 150 }
    if (mood < 18) return 422
    if (mood < 24) return 500
    if (mood < 36) return tries <= 2 ? 500 : 200
    return mood === 36 && tries === 1 ? 'hang' : 200
  }
}

/** FNV-1a. */
function digest(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** Everything that can go out by itself has. */
async function isQuiet(url: string): Promise<boolean> {
  const groups = await Promise.all(names.map((name) => readGroup(url, name)))
  if (groups.some(({ topics: taken }) => taken.some(({ lag, inFlight, retrying }) => lag + inFlight + retrying > 0))) return false
  return (await deadLetters(url, { state: 'redriving' }, 1)).length === 0
}

/** Nothing is left to mend, and nothing parked. */
async function isMended(url: string): Promise<boolean> {
  const groups = await Promise.all(names.map((name) => readGroup(url, name)))
  return groups.every(({ deadLetters: open, topics: taken }) => open === 0 && taken.every(({ parked }) => parked === 0)) && isQuiet(url)
}

function isOf(topic: string): (event: { readonly key: string }) => boolean {
  return ({ key }) => key.startsWith(topic)
}

export type TopicLogs = readonly (readonly [topic: string, log: readonly WireEvent[]])[]
