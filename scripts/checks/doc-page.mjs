import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const commandTimeoutMs = 120_000
const outputTimeoutMs = 30_000
/** The ports that the pages name; each run gets free ones in their place. */
const namedPorts = [4280, 4290, 4291, 3000]

/** Follows one page's steps in an empty folder of its own, with the checkout's packages. Throws at the first that is not as the page says. */
export async function followPage(steps, checkout) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hms-sync-docs-')))
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const ports = await freePorts(namedPorts.length)
  const page = {
    folder: join(folder, 'here'),
    checkout,
    env: environment(checkout, ports),
    background: new Map(),
    last: null,
    local: (text) => localPorts(text, ports),
  }
  mkdirSync(page.folder)
  // Commands are typed inside a checkout; some copy from its examples.
  symlinkSync(join(checkout, 'examples'), join(page.folder, 'examples'))
  try {
    for (const step of steps) {
      try {
        await follow[step.kind](page, step)
      } catch (error) {
        throw new Error(`line ${step.line}: ${error.message}`)
      }
    }
  } finally {
    for (const process_ of page.background.values()) await stop(process_, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

const follow = {
  file(page, { file, text, append }) {
    const path = join(page.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    ;(append ? appendFileSync : writeFileSync)(path, `${page.local(text)}\n`)
  },

  async run(page, { text, background, until, fails, cwd }) {
    const place = join(page.folder, '..', 'cwd')
    const script = background ? page.local(text) : `${page.local(text)}\npwd > '${place}'`
    const child = spawn('bash', ['-eu', '-o', 'pipefail', '-c', script], {
      cwd: cwd === 'checkout' ? page.checkout : page.folder,
      // The checkout keeps what an earlier run stored; a reader's first run has nothing.
      env: cwd === 'checkout' ? { ...page.env, HMS_SYNC_DATA: join(page.folder, '..', 'data') } : page.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that Ctrl-C and the end of the page reach everything it started.
      detached: true,
    })
    // `close` comes after the last of the output, `exit` may come before it.
    const running = { child, output: '', ended: false, exited: once(child, 'close') }
    child.once('close', () => (running.ended = true))
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => (running.output += stripVTControlCharacters(String(chunk))))
    page.last = running
    if (background) {
      page.background.set(background, running)
      return until === undefined ? undefined : seen(running, page.local(until))
    }
    const code = await within(
      commandTimeoutMs,
      running.exited.then(([status]) => status),
      () => stop(running, 'SIGKILL'),
    )
    if ((code === 0) === Boolean(fails)) throw new Error(`\`${text}\` ended with ${code}:\n${running.output}`)
    if (!fails && cwd === undefined) page.folder = readFileSync(place, 'utf8').trim()
  },

  async output(page, { text, of }) {
    const running = of === undefined ? page.last : page.background.get(of)
    for (const line of page
      .local(text)
      .split('\n')
      .filter((each) => each.trim() !== ''))
      await seen(running, line)
  },

  async stop(page, { name }) {
    await stop(page.background.get(name), 'SIGINT')
  },
}

/** Waits until the output has the line; `…` stands for anything within one. */
async function seen(running, line) {
  const parts = line
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s+/g, '\\s+'))
  const pattern = new RegExp(parts.join('[^\\n]*'))
  const deadline = performance.now() + outputTimeoutMs
  while (!pattern.test(running.output)) {
    if (running.ended || performance.now() > deadline) throw new Error(`"${line}" is not in the output:\n${running.output}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function stop(running, signal) {
  if (running.child.exitCode !== null || running.child.signalCode !== null) return
  process.kill(-running.child.pid, signal)
  await within(20_000, running.exited, () => process.kill(-running.child.pid, 'SIGKILL'))
}

function within(ms, promise, giveUp) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(new Error(`no end after ${ms / 1000} s`))
    }, ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** A terminal that knows nothing of the caller's bus, where `npx hms-sync` is the checkout's. */
function environment(checkout, ports) {
  const kept = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HMS_SYNC_|EVENT_BUS_URL|npm_|NODE_OPTIONS)/.test(name)),
  )
  return {
    ...kept,
    PATH: `${join(checkout, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    HMS_SYNC_PORT: String(ports[0]),
    ...examplePorts(ports),
    EVENT_BUS_URL: `http://127.0.0.1:${ports[0]}`,
    npm_config_yes: 'false',
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
    NO_COLOR: '1',
  }
}

/** Where the examples' stand-ins listen, under the names that each of them reads. */
function examplePorts([, first, second]) {
  const names = { SCHEDULING_PORT: first, SCHEDULER_PORT: first, LEGACY_PORT: second, NOTICES_PORT: second }
  return Object.fromEntries(Object.entries(names).map(([name, port]) => [name, String(port)]))
}

function localPorts(text, ports) {
  return namedPorts.reduce((sum, named, i) => sum.replaceAll(new RegExp(`\\b${named}\\b`, 'g'), String(ports[i])), text)
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => server.address().port)
  for (const server of servers) server.close()
  return ports
}
