/** How an outcome may be, with the scope of a retry. */
export type Verdict = 'done' | 'retry target' | 'retry event' | 'refused' | 'unknown'

/** One way in which the other system misbehaves, and what an honest sink may say of a delivery that meets it. */
export interface Trouble {
  /** As a sentence about the system. */
  readonly says: string
  readonly allows: readonly Verdict[]
  /** The pause that the system asks for. */
  readonly retryAfterMs?: number
}

/**
 * Every trouble that the suite knows. A trouble may be over after one delivery (`fails_once`) or last until it is
 * mended; afterwards the same delivery must get through.
 */
export const troubles = {
  asks_to_wait: { says: 'is told to come back in 7 seconds', allows: ['retry target'], retryAfterMs: 7_000 },
  overloaded: { says: 'is told that the system is overloaded', allows: ['retry target'] },
  refuses_connections: { says: 'finds nobody at the address', allows: ['retry target'] },
  refuses_credentials: { says: 'is told that its credentials are wrong, with the credentials in the answer', allows: ['retry target'] },
  fails_once: { says: 'meets a fault inside the system, once', allows: ['retry event', 'retry target', 'unknown'] },
  resets_before: {
    says: 'is broken off before the system applies anything',
    allows: ['retry event', 'retry target', 'unknown'],
  },
  applies_then_resets: { says: 'is broken off when the system has applied it, before it answers', allows: ['unknown'] },
  applies_then_hangs: { says: 'gets no answer, though the system has applied it', allows: ['unknown'] },
  hangs: { says: 'gets no answer, and the system applies nothing', allows: ['retry event', 'retry target', 'unknown'] },
  slow: { says: 'is answered late, but in time', allows: ['done'] },
  truncates: { says: 'is answered with half an answer', allows: ['done', 'unknown'] },
  wrong_type: { says: 'is answered in a form that it does not expect', allows: ['done', 'unknown'] },
  babbles: { says: 'is answered in no language that it speaks', allows: ['retry event', 'retry target', 'unknown'] },
  locked: { says: 'finds the place locked by another program', allows: ['retry target'] },
  full: { says: 'finds no room left', allows: ['retry target'] },
  gone: { says: 'finds the place gone that it writes to', allows: ['retry target'] },
} as const satisfies Readonly<Record<string, Trouble>>

export type TroubleName = keyof typeof troubles
