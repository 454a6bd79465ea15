import { readFile, writeFile } from 'node:fs/promises'
import { expect } from 'vitest'

const block = /(```text story\n)([\s\S]*?)(```)/
/** Ports, ids, times and counts of tries are others at each run; how the page shows them is how one run had them. */
const passing: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID'],
  [/127\.0\.0\.1:\d+/g, 'HOST'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME'],
  [/^\d\d:\d\d:\d\d\.\d{3}/gm, 'TIME'],
  [/^\d{4}-\d\d-\d\d$/gm, 'DAY'],
  [/ +[\d.]+ m?s\b/g, ' DURATION'],
  [/(; tried next at TIME|; being tried now)/g, ''],
  [/^(1 +open +)\S+ +/gm, '$1AGE '],
  [/^(\S+ +(?:failing|running) +\d+ +\d+ +\d+) +.*$/gm, '$1'],
]

/**
 * Compares what a story printed with the page that tells it. Where HMS_SYNC_WRITE_STORIES is set, the page is written
 * anew instead: for a change on purpose.
 */
export async function expectToldIn(page: string, printed: string): Promise<void> {
  const text = await readFile(page, 'utf8')
  const [, , told] = block.exec(text) ?? expect.fail(`${page} has no block \`\`\`text story`)
  if (process.env.HMS_SYNC_WRITE_STORIES)
    return writeFile(
      page,
      text.replace(block, (_, open, __, close) => `${open}${printed.trim()}\n${close}`),
    )
  expect(lasting(printed)).toEqual(lasting(told!))
}

function lasting(text: string): readonly string[] {
  const lines = inOrderOfPermits(passing.reduce((sum, [what, name]) => sum.replace(what, name), text.trim()).split('\n'))
  // What different systems did in the same moment has no order: from a trace on, only what happened counts.
  const trace = lines.findIndex((line) => line.includes(' trace '))
  return trace === -1 ? lines : [...lines.slice(0, trace), ...lines.slice(trace).sort()]
}

/** One record of the old system, and its permit. */
const record = /^legacy +PERMITS\.DAT: (\d{6})/

/** Order holds for the records of one permit; those of several that come one behind the other are put by permit. */
function inOrderOfPermits(lines: readonly string[]): readonly string[] {
  const ordered: string[] = []
  for (let i = 0; i < lines.length; ) {
    let end = i
    while (end < lines.length && record.test(lines[end]!)) end++
    const run = lines.slice(i, Math.max(end, i + 1))
    ordered.push(...run.sort((a, b) => (record.exec(a)?.[1] ?? '').localeCompare(record.exec(b)?.[1] ?? '')))
    i += run.length
  }
  return ordered
}
