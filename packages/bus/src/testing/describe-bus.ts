import { changingTopics } from './bus-cases/changing-topics.js'
import { delivering } from './bus-cases/delivering.js'
import { failing } from './bus-cases/failing.js'
import { keeping } from './bus-cases/keeping.js'
import { lookingBack } from './bus-cases/looking-back.js'
import { notices } from './bus-cases/notices.js'
import { order } from './bus-cases/order.js'
import { outcomes } from './bus-cases/outcomes.js'
import { parking } from './bus-cases/parking.js'
import { places } from './bus-cases/places.js'
import { publishing } from './bus-cases/publishing.js'
import { repairing } from './bus-cases/repairing.js'
import { replaying } from './bus-cases/replaying.js'
import { restarting } from './bus-cases/restarting.js'
import { type BusStorage, BusTest } from './bus-test.js'
import { type Case, type Runner, registerCases, runCase } from './suite.js'

/** What the bus promises, case by case: the same over every engine and every store. */
export const busCases: readonly Case<BusTest>[] = [
  ...publishing,
  ...delivering,
  ...order,
  ...places,
  ...restarting,
  ...keeping,
  ...changingTopics,
  ...notices,
  ...outcomes,
  ...failing,
  ...repairing,
  ...parking,
  ...lookingBack,
  ...replaying,
]

/** Runs one case over fresh storage. Rejects when the behaviour does not hold. */
export function runBusCase(one: Case<BusTest>, fresh: () => Promise<BusStorage>): Promise<string | null> {
  return runCase(one, async () => new BusTest(await fresh()))
}

/** Registers every case with the test runner in use. */
export function describeBus(title: string, fresh: () => Promise<BusStorage>, runner?: Runner): void {
  registerCases(title, busCases, async () => new BusTest(await fresh()), runner)
}
