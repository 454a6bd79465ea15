import { expect, it } from 'vitest'
import { surviveKills } from './kill-rounds.js'
import { seeded } from './random.js'

const rounds = Number(process.env.HMS_SYNC_FAULT_ROUNDS ?? 20)

it('loses and doubles nothing that was acknowledged, over kill -9 at random moments', { timeout: 60_000 + rounds * 15_000 }, async () => {
  const { violations, ...survived } = await surviveKills({ rounds, random: seeded('kill -9'), drainMs: 30_000 })
  console.info(JSON.stringify(survived))
  expect(violations.slice(0, 20)).toEqual([])
  expect(survived.acknowledged).toBeGreaterThan(rounds)
  expect(survived.retries).toBeGreaterThan(0)
  expect(survived.repeats).toBeGreaterThan(0)
})

it.each<[plant: string, violation: RegExp, rounds?: number]>([
  ['answer-before-commit', /was acknowledged and is lost/],
  // It shows when a kill falls between the commit and the answer, which is soon over.
  ['forget-ids-at-restart', /is in the log twice/, 16],
  ['forget-progress', /came again after it was settled/],
  ['no-order', /came with \d+ behind \d+|came while .* was worked on/],
  ['fresh-idempotency-key', /came with another Idempotency-Key/],
])('notices the planted bug %s', { timeout: 120_000 }, async (plant, violation, rounds = 2) => {
  const { violations } = await surviveKills({ rounds, random: seeded(plant), plants: [plant], drainMs: 5_000 })
  expect(violations.find((found) => violation.test(found))).toBeDefined()
})
