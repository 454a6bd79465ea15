/**
 * `npm run bench [NAME…] [--rounds 5] [--smoke] [--json FILE] [--against FILE] [--strict]`
 * Each figure beside its ceiling, in interleaved rounds. Exit 1 when a benchmark fails to run, or with `--strict` when a figure falls short.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { benchmarks } from './benchmarks/index.js'
import type { Figure, Run } from './harness/figure.js'
import { describeFigure, type Report } from './harness/report.js'
import { isRamDisk, tempFolder } from './harness/temp-folder.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    smoke: { type: 'boolean', default: false },
    json: { type: 'string' },
    against: { type: 'string' },
    strict: { type: 'boolean', default: false },
  },
})
const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
if (chosen.length === 0 || chosen.length < positionals.length) {
  console.error(`There are these benchmarks:\n${benchmarks.map(({ name, question }) => `  ${name}  ${question}`).join('\n')}`)
  process.exit(2)
}
const smoke = values.smoke
const run: Run = {
  rounds: smoke ? 1 : Number(values.rounds),
  sampleMs: smoke ? 100 : Number(values.seconds) * 1_000,
  smoke,
  amount: (full) => (smoke ? Math.max(200, Math.ceil(full / 1_000)) : full),
  say: (text) => console.error(text),
}
const earlier = values.against === undefined ? null : (JSON.parse(readFileSync(values.against, 'utf8')) as Report)
if (smoke) console.log('A smoke run: it shows that the benchmarks work; its numbers mean nothing.')
warnOfRamDisk()

const figures: Figure[] = []
let failed = 0
for (const { name, measure } of chosen) {
  try {
    for (const figure of await measure(run)) {
      figures.push(figure)
      console.log(
        describeFigure(
          figure,
          earlier?.figures.find((other) => other.name === figure.name),
        ),
      )
    }
  } catch (error) {
    failed++
    console.error(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`)
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report(), null, 2)}\n`)
const short = figures.filter((figure) => !figure.holds)
if (!smoke) console.log(`${figures.length - short.length} of ${figures.length} figures hold.`)
process.exit(failed > 0 || (values.strict && short.length > 0) ? 1 : 0)

function report(): Report {
  return {
    at: new Date().toISOString(),
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0]!.model}`,
    rounds: run.rounds,
    smoke,
    figures,
  }
}

function warnOfRamDisk(): void {
  const folder = tempFolder()
  if (isRamDisk(folder.path))
    console.error('The folder for data is a RAM disk, where syncing costs nothing: set HMS_SYNC_BENCH_FOLDER to a folder on a disk.')
  folder.remove()
}
