import type { Figure, Run, Side, Wanted } from './figure.js'
import { type Summary, summarise } from './statistics.js'

export interface ContestOptions {
  readonly name: string
  readonly unit: string
  readonly measured: Side
  readonly ceiling: Side
  /** Of measured over ceiling. */
  readonly wanted: Wanted
  readonly notes?: () => readonly string[]
}

/** Samples both sides in turn, A B A B, so that whatever else the machine does meets both alike. */
export async function contest(run: Run, options: ContestOptions): Promise<Figure> {
  const [measured, ceiling] = await inTurn(run, options.name, [options.measured, options.ceiling])
  const ratio = summarise(measured!.samples.map((value, round) => value / ceiling!.samples[round]!))
  return {
    name: options.name,
    unit: options.unit,
    measured: measured!,
    ceiling: ceiling!,
    ratio,
    wanted: options.wanted,
    holds: holds(ratio.median, options.wanted),
    notes: options.notes?.() ?? [],
  }
}

/** Samples all sides in turn. The first sample of each warms up and does not count. */
export async function inTurn(run: Run, name: string, sides: readonly Side[]): Promise<(Summary & { readonly label: string })[]> {
  for (const side of sides) await side.sample()
  const samples = sides.map((): number[] => [])
  for (let round = 0; round < run.rounds; round++) {
    for (const [i, side] of sides.entries()) samples[i]!.push(await side.sample())
    run.say(
      `${name}: round ${round + 1} of ${run.rounds}: ${sides.map((side, i) => `${side.label} ${shown(samples[i]!.at(-1)!)}`).join(', ')}`,
    )
  }
  return sides.map((side, i) => ({ label: side.label, ...summarise(samples[i]!) }))
}

/** A figure without a ceiling: a bound on the value itself. */
export function bounded(
  name: string,
  unit: string,
  samples: readonly number[],
  options: { readonly label: string; readonly wanted: Wanted; readonly notes?: readonly string[] },
): Figure {
  const measured = { label: options.label, ...summarise(samples) }
  const { wanted } = options
  return { name, unit, measured, ceiling: null, ratio: null, wanted, holds: holds(measured.median, wanted), notes: options.notes ?? [] }
}

export function holds(value: number, wanted: Wanted): boolean {
  return 'atLeast' in wanted ? value >= wanted.atLeast : value <= wanted.atMost
}

export function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
