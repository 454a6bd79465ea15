import { shown } from './contest.js'
import type { Figure, Wanted } from './figure.js'
import type { Summary } from './statistics.js'

/** What a run writes with `--json`, and what a later run compares itself with. */
export interface Report {
  readonly at: string
  readonly node: string
  readonly cpus: string
  readonly rounds: number
  readonly smoke: boolean
  readonly figures: readonly Figure[]
}

/** A figure in a few lines of plain text. */
export function describeFigure(figure: Figure, earlier: Figure | undefined): string {
  const { name, unit, measured, ceiling, ratio, wanted } = figure
  const lines = [name, `  ${measured.label}: ${spread(measured)} ${unit}`]
  if (ceiling !== null) lines.push(`  ${ceiling.label}: ${spread(ceiling)} ${unit}`)
  if (ratio !== null) lines.push(`  ratio: ${spread(ratio)}`)
  if (wanted !== null)
    lines.push(`  wanted: ${describeWanted(wanted)}${ratio === null ? ` ${unit}` : ''} … ${figure.holds ? 'holds' : 'FALLS SHORT'}`)
  for (const note of figure.notes) lines.push(`  ${note}`)
  if (earlier !== undefined) lines.push(`  earlier: ${compared(figure, earlier)}`)
  return lines.join('\n')
}

function spread({ median, least, most }: Summary): string {
  return `${shown(median)} [${shown(least)}–${shown(most)}]`
}

function describeWanted(wanted: Wanted): string {
  return 'atLeast' in wanted ? `at least ${wanted.atLeast}` : `at most ${wanted.atMost}`
}

/** Ratios are compared where there are any: rates of two runs say more about the machine than about the code. */
function compared(figure: Figure, earlier: Figure): string {
  const [now, before] =
    figure.ratio !== null && earlier.ratio !== null ? [figure.ratio, earlier.ratio] : [figure.measured, earlier.measured]
  const apart = now.least > before.most || now.most < before.least
  return `${spread(before)}, now ${shown(now.median / before.median)} times that${apart ? '' : ' (the spreads overlap)'}`
}
