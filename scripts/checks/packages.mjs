/**
 * The packages as a user gets them: packed, looked at by publint and attw, installed together in an empty folder outside
 * the repository, imported (ESM and require), type-checked, and run: a bus is served from the installed files and takes an event.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = process.cwd()
const bin = join(root, 'node_modules/.bin')
const packages = ['client', 'adapter', 'bus'].map((name) => join(root, 'packages', name))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hms-sync-packed-')))
let failed = 0

try {
  for (const place of packages) {
    step(`publint ${place}`, root, join(bin, 'publint'), place, '--strict')
    step(`npm pack ${place}`, place, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder)
  }
  const tarballs = readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => `./${name}`)
  for (const tarball of tarballs)
    step(`attw ${tarball}`, folder, join(bin, 'attw'), tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'table-flipped')

  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'a-users-project', private: true, type: 'module' }))
  step(
    'npm install of the tarballs',
    folder,
    'npm',
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    ...tarballs,
  )
  step('npx hms-sync --help', folder, 'npx', '--no-install', 'hms-sync', '--help')
  step(
    'import',
    folder,
    'node',
    '--input-type=module',
    '-e',
    "import { connect, SyncError } from '@hms-sync/client'; import { defineAdapter } from '@hms-sync/adapter'; import { openBus } from 'hms-sync'; for (const f of [connect, SyncError, defineAdapter, openBus]) if (typeof f !== 'function') process.exit(1)",
  )
  step(
    'require',
    folder,
    'node',
    '--no-warnings',
    '--input-type=commonjs',
    '-e',
    "for (const [name, wanted] of [['@hms-sync/client', 'connect'], ['@hms-sync/adapter', 'defineAdapter'], ['hms-sync', 'openBus']]) if (typeof require(name)[wanted] !== 'function') throw new Error(name + ' lacks ' + wanted)",
  )
  typeCheck()
  await serveAndPublish()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(failed === 0 ? 'The packages work when installed.' : `${failed} steps failed.`)
process.exit(failed === 0 ? 0 : 1)

function typeCheck() {
  writeFileSync(
    join(folder, 'use.ts'),
    `import { connect, type Bus, type Message } from '@hms-sync/client'
import { defineAdapter } from '@hms-sync/adapter'
import { openBus } from 'hms-sync'

export const adapter = defineAdapter({ url: 'http://127.0.0.1:1/', map: (event) => ({ permitId: event.id }) })
export async function use(): Promise<void> {
  const bus: Bus = await connect({ url: 'http://127.0.0.1:4280' })
  const { duplicate } = await bus.publish('permitApproved', { permitId: 7 })
  const same: Bus = await openBus()
  for await (const message of same.subscribe('permitApproved')) await (message satisfies Message).ack()
  // @ts-expect-error: a boolean is no string
  const wrong: string = duplicate
  console.log(wrong)
}
`,
  )
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023', 'esnext.disposable', 'dom'],
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        noEmit: true,
        types: [],
      },
      files: ['use.ts'],
    }),
  )
  step('types as a user sees them', folder, join(bin, 'tsc'), '-p', '.')
}

/** Everything that a bus loads at run time (workers, the SQLite library) must be among the packed files. */
async function serveAndPublish() {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'topics.yaml'), 'inspections.status:\n  key: inspectionId\n')
  const bus = spawn(process.execPath, [join(folder, 'node_modules/hms-sync/bin/hms-sync.js'), 'serve', project, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let talk = ''
  bus.stderr.on('data', (chunk) => (talk += chunk))
  const exited = once(bus, 'exit')
  const line = await Promise.race([
    once(createInterface(bus.stdout), 'line').then(([text]) => text),
    exited.then(() => null),
    new Promise((resolve) => setTimeout(resolve, 20_000, null).unref()),
  ])
  try {
    const { url } = JSON.parse(line ?? '{}')
    if (url === undefined) throw new Error(`The installed bus did not become ready.\n${talk}`)
    step(
      'publish to the installed bus',
      folder,
      'npx',
      '--no-install',
      'hms-sync',
      'publish',
      'inspections.status',
      '{"inspectionId":99}',
      '--url',
      url,
    )
    bus.kill('SIGTERM')
    const [code] = await exited
    if (code !== 0) throw new Error(`The installed bus ended with ${code} at SIGTERM.\n${talk}`)
  } catch (error) {
    failed++
    bus.kill('SIGKILL')
    console.error(`FAIL: serve from the installed packages: ${error.message}`)
  }
}

function step(title, cwd, command, ...args) {
  const { EVENT_BUS_URL: _, ...env } = process.env
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 300_000 })
  if (status === 0) return console.log(`pass: ${title}`)
  failed++
  console.error(`FAIL: ${title}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`)
}
