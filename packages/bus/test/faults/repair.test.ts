import { expect, it } from 'vitest'
import { seeded } from './random.js'
import { surviveRepairs } from './repair-rounds.js'

const rounds = Number(process.env.HMS_SYNC_FAULT_ROUNDS ?? 20)
/** Kills that all fall beside the moment that matters are no sign that a bug would go unnoticed. */
const tries = 4

it('loses nothing and mends everything, in order, over kill -9 while it delivers, parks and redrives', {
  timeout: 120_000 + rounds * 15_000,
}, async () => {
  const { violations, ...survived } = await surviveRepairs({ rounds, random: seeded('kill -9 while repairing'), drainMs: 100_000 })
  console.info(JSON.stringify(survived))
  expect(violations.slice(0, 20)).toEqual([])
  expect(survived.letters).toBeGreaterThan(rounds)
  expect(survived.parkedAtTheEnd).toBeGreaterThan(0)
  expect(Math.min(...Object.values(survived.repaired))).toBeGreaterThan(0)
})

it.each([
  ['letter-after-progress', /was accepted and is lost/, 4],
  ['forget-parking', /came before \S+ was mended/, 4],
  // A kill must fall between the redrive and its delivery.
  ['forget-redrive', /is said to be delivered and never came/, 10],
  ['idempotency-key-by-attempt', /came with another Idempotency-Key/, 4],
] as const)('notices the planted bug %s', { timeout: tries * 60_000 }, async (plant, violation, rounds) => {
  let noticed = false
  for (let i = 0; i < tries && !noticed; i++) {
    const { violations } = await surviveRepairs({ rounds, random: seeded(plant), plants: [plant], drainMs: 15_000 })
    noticed = violations.some((found) => violation.test(found))
  }
  expect(noticed).toBe(true)
})
