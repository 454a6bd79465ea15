import type { DeadLetterInfo, DeliveryPolicy } from '@hms-sync/client'
import { SyncError } from '@hms-sync/client'
import type { BusTest, TestMember } from './bus-test.js'

/** The words that cases of failed deliveries are written in: a group with a system behind it that refuses things. */
export const adapter: DeliveryPolicy = { target: {} }
export const refused = { outcome: 'refused', reason: 'no such inspector' } as const
export const group = 'scheduling'

export async function join(t: BusTest): Promise<TestMember> {
  return t.join(group, ['permits'], { policy: adapter })
}

export async function letters(t: BusTest): Promise<readonly DeadLetterInfo[]> {
  return (await t.bus.operations.deadLetters({ group })).items
}

/** Publishes 1 to 3 of one key and has the first refused. */
export async function breakFirst(t: BusTest, member: TestMember): Promise<DeadLetterInfo> {
  await t.publishAll('permits', [1, 2, 3], () => 'k')
  await member.settle(await member.next(), refused)
  return (await letters(t))[0]!
}

export async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof SyncError ? error.code : String(error)),
  )
}

/** Waits until the condition holds, for things that happen behind an answer. */
export async function eventually(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const giveUp = Date.now() + 5_000; !(await condition()); ) {
    if (Date.now() > giveUp) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
