import { expect, it } from 'vitest'
import { seeded } from './random.js'
import { surviveSqliteKills } from './sqlite-rounds.js'

const rounds = Number(process.env.HMS_SYNC_FAULT_ROUNDS ?? 20)

it('writes every acknowledged event into a database once and in order, over kill -9 at random moments', {
  timeout: 60_000 + rounds * 15_000,
}, async () => {
  const { violations, acknowledged, marks } = await surviveSqliteKills({ rounds, random: seeded('sqlite sink'), drainMs: 60_000 })
  console.info(JSON.stringify({ acknowledged, marks }))
  expect(violations.slice(0, 20)).toEqual([])
  expect(acknowledged).toBeGreaterThan(rounds)
  // One for each key, one for each event without a key.
  expect(marks).toBeLessThanOrEqual(acknowledged)
})

it.each([
  ['progress-after-commit', /took effect \d+ times/],
  ['progress-before-rows', /was acknowledged and took no effect/],
])('notices the planted bug %s', { timeout: 180_000 }, async (plant, violation) => {
  const { violations } = await surviveSqliteKills({ rounds: 6, random: seeded(plant), plants: [plant], drainMs: 5_000 })
  expect(violations.find((found) => violation.test(found))).toBeDefined()
})
