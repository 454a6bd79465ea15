/**
 * Every check that is not a test: `npm run check`, or `npm run check NAME…` for some. Each runs on its own, says how it
 * went, and the rest go on after a failure. Where `HMS_SYNC_CHECK_SUMMARY` names a file, the counts go there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const node = (script, ...args) => ['node', script, ...args]
const projects = ['packages/client', 'packages/adapter', 'packages/bus', '.'].map((folder) => join(folder, 'tsconfig.test.json'))

/** Name, what it is for, and the command. */
const checks = [
  ['types', ['tsc', '-b']],
  ...projects.filter(hasTests).map((project) => [`types of ${project}`, ['tsc', '-p', project]]),
  ['format and lint', ['biome', 'ci', '--colors=off', '--max-diagnostics=50']],
  ['typed lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['import rules', node('scripts/checks/import-rules.mjs')],
  ['dead code', ['knip', '--no-progress', '--no-config-hints']],
  ['packages', node('scripts/checks/packages.mjs')],
  ['links in the docs', node('scripts/checks/links.mjs')],
  ['generated reference', ['npm', 'run', '--silent', 'docs:check']],
  ['commands in the docs', node('scripts/checks/doc-commands.mjs')],
  ['benchmarks start', ['npm', 'run', '--silent', 'bench', '--', '--smoke']],
]

const wanted = process.argv.slice(2)
const chosen = checks.filter(([name]) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
if (chosen.length === 0) {
  console.error(`No check is called ${wanted.join(' ')}. There are: ${checks.map(([name]) => name).join(', ')}.`)
  process.exit(2)
}
const failures = chosen.filter(([name, command]) => !run(name, command)).map(([name]) => name)
if (process.env.HMS_SYNC_CHECK_SUMMARY) {
  writeFileSync(process.env.HMS_SYNC_CHECK_SUMMARY, JSON.stringify({ passed: chosen.length - failures.length, failed: failures.length }))
}
console.log(
  failures.length === 0
    ? `All ${chosen.length} checks pass.`
    : `${failures.length} of ${chosen.length} checks fail: ${failures.join(', ')}.`,
)
process.exit(failures.length === 0 ? 0 : 1)

function run(name, [command, ...args]) {
  const start = performance.now()
  const path = `${join(process.cwd(), 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: '0' },
    timeout: 600_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const ok = status === 0 && error === undefined
  console.log(`${ok ? 'pass' : 'FAIL'}: ${name} (${seconds} s)`)
  if (!ok) console.log(indent(`$ ${[command, ...args].join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`))
  return ok
}

function hasTests(project) {
  return project === 'tsconfig.test.json' || existsSync(project.replace('tsconfig.test.json', 'test'))
}

function indent(text) {
  return text.trimEnd().replaceAll(/^/gm, '    ')
}
