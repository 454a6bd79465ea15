import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '@hms-sync/client'
import { startProgram } from './program.js'

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))
const command = join(packages, 'hms-sync/bin/hms-sync.js')
const storyTimeoutMs = 90_000
/** Commands are told as wide as this, whatever terminal it is. */
const columns = 110
/** What of the caller's environment would change the story. */
const cleared = /^(HMS_SYNC_|EVENT_BUS_URL$|NODE_OPTIONS$)/

/**
 * Plays a story with a copy of a project folder in a temporary place: its programs are processes of their own on free
 * ports, and everything is stopped and removed at its end. Gives the exit code.
 */
export async function play(project, story) {
  const place = await mkdtemp(join(tmpdir(), 'hms-sync-story-'))
  const folder = join(place, basename(project))
  const stage = new Stage(folder)
  try {
    await cp(project, folder, { recursive: true, filter: (path) => !path.includes('.hms-sync') })
    await symlink(packages, join(place, 'node_modules'))
    await story(stage)
    return 0
  } catch (error) {
    if (stage.interrupted) return 130
    console.error(error.message)
    return 1
  } finally {
    await stage.clear()
    await rm(place, { recursive: true, force: true, maxRetries: 3 })
  }
}

class Stage {
  interrupted = false
  #folder
  #ending = new AbortController()
  #signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(storyTimeoutMs)])
  #env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !cleared.test(name)))
  #running = []
  #offices = []

  constructor(folder) {
    this.#folder = folder
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.once(signal, () => {
        this.interrupted = true
        this.#ending.abort()
      })
  }

  chapter(title) {
    console.log(`\n${title}\n${'-'.repeat(title.length)}`)
  }

  tell(who, text) {
    console.log(`${who.padEnd(15)} ${text}`)
  }

  /** Starts a program of the project. */
  start(name, script, env = {}) {
    const { tell } = this
    const program = startProgram(name, [script], {
      cwd: this.#folder,
      env: { ...this.#env, ...env },
      tell,
      signal: this.#signal,
    })
    this.#running.unshift(program)
    return program
  }

  /** The bus with the project folder; from then on commands and offices speak to it. */
  async startBus(env) {
    const bus = startProgram('bus', [command, 'serve', '--port', '0'], {
      cwd: this.#folder,
      env: { ...this.#env, ...env },
      tell: this.tell,
      signal: this.#signal,
    })
    this.#running.unshift(bus)
    const [, url] = await bus.says(/listens on (http:\S+)/)
    await bus.says(/Ctrl-C stops/)
    this.#env.EVENT_BUS_URL = url
  }

  /** A service that publishes, through the SDK. */
  async office(name) {
    const bus = await connect({ url: this.#env.EVENT_BUS_URL, name, signal: this.#signal })
    this.#offices.push(bus)
    return bus
  }

  /** Types a command line: shows it, and what it prints, when it has ended. */
  async type(line) {
    console.log(`$ ${line}`)
    const output = await this.#run(line)
    if (output.trim() !== '') console.log(output.trimEnd())
  }

  /** Types a command line until what it prints matches; shows it once. */
  async typeUntil(line, pattern) {
    for (;;) {
      const output = await this.#run(line)
      if (pattern.test(output)) return console.log(`$ ${line}\n${output.trimEnd()}`)
      if (this.#signal.aborted) throw new Error(`\`${line}\` never printed ${pattern}:\n${output}`)
    }
  }

  /** Copies a file of the project folder, where the story has it done before it begins. */
  copy(from, to) {
    return cp(join(this.#folder, from), join(this.#folder, to))
  }

  /** Mends a file of the project folder and shows what is another now. */
  async edit(file, before, after) {
    const path = join(this.#folder, file)
    const text = await readFile(path, 'utf8')
    if (!text.includes(before)) throw new Error(`${file} has no "${before}".`)
    await writeFile(path, text.replace(before, after))
    const now = (await readFile(path, 'utf8')).split('\n')
    console.log(`${file}:`)
    for (const line of text.split('\n')) if (!now.includes(line)) console.log(`- ${line.trim()}`)
    for (const line of now) if (!text.split('\n').includes(line)) console.log(`+ ${line.trim()}`)
  }

  async clear() {
    for (const bus of this.#offices) await bus.close().catch(() => {})
    for (const program of this.#running) await program.stop()
  }

  #run(line) {
    const child = spawn('sh', ['-c', line.replace(/^npx hms-sync\b/, `exec node ${command}`)], {
      cwd: this.#folder,
      env: { ...this.#env, NO_COLOR: '1', COLUMNS: String(columns) },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: this.#signal,
    })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text.replaceAll('\r', '')))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        const text = output.stdout + output.stderr
        if (code === 0) resolve(text)
        else reject(new Error(`\`${line}\` ended with ${code}:\n${text}`))
      })
    })
  }
}
