import type { Summary } from './statistics.js'

/** What is wanted of a figure: of the ratio to its ceiling, or of the value itself where there is none. */
export type Wanted = { readonly atLeast: number } | { readonly atMost: number }

/** One side of a contest, and how it is sampled: one number a call, in the figure's unit. */
export interface Side {
  readonly label: string
  readonly sample: () => Promise<number>
}

export interface Figure {
  readonly name: string
  readonly unit: string
  readonly measured: Summary & { readonly label: string }
  readonly ceiling: (Summary & { readonly label: string }) | null
  /** Measured over ceiling, round by round. */
  readonly ratio: Summary | null
  readonly wanted: Wanted | null
  readonly holds: boolean
  /** What else the rounds told, such as whether the load generator was the bottleneck. */
  readonly notes: readonly string[]
}

/** How long and how often a run measures. */
export interface Run {
  readonly rounds: number
  /** Of one sample, ms. */
  readonly sampleMs: number
  /** True: only whether everything works, with small amounts; the numbers mean nothing. */
  readonly smoke: boolean
  /** `amount(1_000_000)`: the amount, or a thousandth of it in a smoke run. */
  amount(full: number): number
  /** Progress, on stderr. */
  say(text: string): void
}

/** One benchmark: sets up what it needs, measures, and leaves nothing behind. */
export interface Benchmark {
  readonly name: string
  /** What it answers, in one line. */
  readonly question: string
  readonly measure: (run: Run) => Promise<readonly Figure[]>
}
