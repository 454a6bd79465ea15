/** Real processes for tests: the command, a bus of its own, and waiting for what they say. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

/** Several Node processes start in each of these tests; on a busy machine that alone takes seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

export const command = fileURLToPath(new URL('../bin/hms-sync.js', import.meta.url))
export const checkout = fileURLToPath(new URL('../../..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGHUP'

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
}

/** A running Node program. */
export interface Program {
  readonly child: ChildProcess
  readonly pid: number
  stdout(): string
  stderr(): string
  /** Resolves with the match as soon as what it printed (stdout, then stderr) matches; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
  /** SIGTERM unless another is named, and the end of it. May be called twice. */
  stop(signal?: Signal): Promise<Ended>
}

/** Variables of the machine that would change what is tested. */
const cleared = [
  'EVENT_BUS_URL',
  'HMS_SYNC_NAME',
  'HMS_SYNC_KEY',
  'HMS_SYNC_HOST',
  'HMS_SYNC_PORT',
  'HMS_SYNC_DATA',
  'HMS_SYNC_ENGINE',
  'NODE_OPTIONS',
  'VITEST',
]

/** Starts a Node program. */
export function start(args: readonly string[], options: StartOptions = {}): Program {
  return startProgram(process.execPath, args, options)
}

/** Starts a command line as a person types it in a shell where `hms-sync` is installed. */
export function type(line: string, options: StartOptions = {}): Program {
  const path = `${join(checkout, 'node_modules/.bin')}:${process.env.PATH}`
  return startProgram('/bin/sh', ['-c', `exec ${line}`], { ...options, env: { PATH: path, ...options.env } })
}

function startProgram(file: string, args: readonly string[], { env = {}, cwd, input }: StartOptions): Program {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !cleared.includes(name)))
  const child = spawn(file, [...args], {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  if (input !== undefined) child.stdin?.end(input)
  let stdout = ''
  let stderr = ''
  const looks = new Set<() => void>()
  const hear = (text: string, to: 'out' | 'err'): void => {
    if (to === 'out') stdout += text
    else stderr += text
    for (const look of looks) look()
  }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => hear(text, 'out'))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => hear(text, 'err'))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    child,
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    says(pattern) {
      const heard = new Promise<RegExpExecArray>((resolve) => {
        const look = (): void => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr)
          if (match === null) return
          looks.delete(look)
          resolve(match)
        }
        looks.add(look)
        look()
      })
      const over = ended.then((end) => {
        throw new Error(`It ended (${end.signal ?? end.code}) without saying ${pattern}.\nstdout: ${end.stdout}\nstderr: ${end.stderr}`)
      })
      over.catch(() => {})
      return Promise.race([heard, over])
    },
    stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    },
  }
}

/** Runs one command line of `hms-sync` to its end. */
export function run(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return start([command, ...args], options).ended
}

export interface BusProcess extends Program {
  readonly url: string
  readonly folder: string
  /** `EVENT_BUS_URL` for programs that speak to it. */
  readonly env: Readonly<Record<string, string>>
}

/** `hms-sync serve` on a free port (or the given one), as a process of its own. */
export async function startBus(
  folder: string,
  options: StartOptions & { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<BusProcess> {
  const program = start([command, 'serve', folder, '--port', String(options.port ?? 0), '--json', ...(options.args ?? [])], options)
  const [, url] = await program.says(/"url":"([^"]+)"/)
  return { ...program, url: url!, folder, env: { EVENT_BUS_URL: url! } }
}

/** A folder of its own with these files, and how to remove it. */
export async function temporaryFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'hms-sync-test-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** Asks until the answer is there; for what cannot tell us by itself. The test's own timeout is the limit. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
