import type { HistoryLimits } from '../../registry/config.js'
import type { Store } from '../../store/store.js'

/** Chunks of tries kept at most, whatever their age: about half a gigabyte. */
const maxChunks = 2_000_000
/** Steps of one round, of a thousand chunks each; what is left goes in the next round. */
const maxSteps = 1_000

/** Forgets tries and settled dead letters that are older than they are to be kept, in small steps between other commits. */
export async function trimHistory(
  store: Store,
  { triesMs, deadLettersMs }: HistoryLimits,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  await store.commit([{ kind: 'dead_letters_trimmed', before: now - deadLettersMs }])
  for (let step = 0; step < maxSteps && !signal.aborted; step++) {
    await store.commit([{ kind: 'attempts_trimmed', before: now - triesMs, keep: maxChunks }])
    const oldest = await store.oldestAttempt()
    if (oldest === null || (oldest.at >= now - triesMs && oldest.chunks <= maxChunks)) return
  }
}
