import { expect } from 'vitest'
import type { Bus, Message, Subscription } from '#dist/bus.js'

/** Everything that is in a topic now. */
export async function readAll(bus: Bus, topic: string): Promise<readonly Message[]> {
  const messages: Message[] = []
  for await (const message of bus.subscribe(topic, { group: null, since: 'all', until: 'now' })) messages.push(message)
  return messages
}

/** The first messages of a subscription, each acknowledged; then it is closed. */
export async function collect(sub: Subscription, count: number): Promise<readonly Message[]> {
  const messages: Message[] = []
  for await (const message of sub) {
    messages.push(message)
    await message.ack()
    if (messages.length === count) break
  }
  return messages
}

/** One message, unsettled, of a subscription that stays open. */
export async function nextOf(sub: Subscription): Promise<Message> {
  return step(sub[Symbol.asyncIterator]())
}

export async function step(loop: AsyncIterator<Message>): Promise<Message> {
  const { done, value } = await loop.next()
  expect(done).not.toBe(true)
  return value as Message
}

export function numbersOf(messages: readonly Message[]): readonly number[] {
  return messages.map(({ payload }) => (payload as { n: number }).n)
}

export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** Waits until the deadline that a message came with has passed. */
export async function pastDeadline({ deadline }: Message): Promise<void> {
  const leftMs = Number(deadline) - Date.now()
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs) + 50))
}
