const gap = '  '
/** A column is not cut below this: what is left would say nothing. */
const leastWidth = 8

/**
 * Cells as aligned lines. Where they are wider than `width`, the columns that may shrink give way, the widest first, and
 * what was cut off ends in `…`.
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  options: { readonly shrinks: readonly boolean[]; readonly width: number },
): readonly string[] {
  const widths = options.shrinks.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  let excess = widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - options.width
  while (excess > 0) {
    const widest = widestThatShrinks(widths, options.shrinks)
    if (widest === -1) break
    widths[widest]! -= 1
    excess -= 1
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cut(cell, widths[at]!).padEnd(widths[at]!))
      .join(gap)
      .trimEnd(),
  )
}

/** Text cut to so many characters; the last of them says so. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`
}

/** How wide a table may be: as the terminal is, or as COLUMNS says; a pipe or a file takes any width. */
export function outputWidth(): number {
  return process.stdout.columns ?? (Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY)
}

function widestThatShrinks(widths: readonly number[], shrinks: readonly boolean[]): number {
  let widest = -1
  for (const [at, width] of widths.entries()) {
    if (shrinks[at] && width > leastWidth && (widest === -1 || width > widths[widest]!)) widest = at
  }
  return widest
}
