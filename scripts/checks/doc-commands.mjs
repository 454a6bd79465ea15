/** Follows README and docs as a reader would: writes their files, runs their commands, compares what they print. Arguments: pages, else all. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readSteps } from './doc-blocks.mjs'
import { followPage } from './doc-page.mjs'

const all = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((page) => existsSync(page))
const pages = process.argv.length > 2 ? process.argv.slice(2) : all
let failed = 0
let commands = 0
for (const page of pages) {
  const { steps, faults } = readSteps(readFileSync(page, 'utf8'))
  const runs = steps.filter(({ kind }) => kind === 'run').length
  commands += runs
  try {
    if (faults.length > 0) throw new Error(faults.join('\n'))
    if (runs === 0) continue
    await followPage(steps, process.cwd())
    console.log(`pass: ${page} (${runs} commands)`)
  } catch (error) {
    failed++
    console.error(`FAIL: ${page}: ${error.message}`)
  }
}
console.log(`${pages.length} pages, ${commands} commands, ${failed} pages failed.`)
process.exit(failed > 0 || commands === 0 ? 1 : 0)
