import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clientFolder = fileURLToPath(new URL('..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly done: Promise<Ran>
  /** What it has written to stdout so far. */
  readonly stdout: string
  kill(signal: NodeJS.Signals): void
}

/** Runs a file of a project that has installed the client and nothing else, as a process of its own. */
export async function startScript(
  files: Readonly<Record<string, string>>,
  entry: string,
  environment: Readonly<Record<string, string>>,
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-client-'))
  const installed = join(folder, 'node_modules/@hms-sync/client')
  // A copy, not a link: from a link the other packages of this workspace would be found.
  for (const part of ['package.json', 'dist']) await cp(join(clientFolder, part), join(installed, part), { recursive: true })
  await symlink(
    dirname(createRequire(join(clientFolder, 'package.json')).resolve('ws/package.json')),
    join(folder, 'node_modules/ws'),
    'dir',
  )
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const child = spawn(process.execPath, [entry], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const done = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))).finally(() =>
    rm(folder, { recursive: true }),
  )
  return {
    done,
    get stdout() {
      return stdout
    },
    kill: (signal) => child.kill(signal),
  }
}

export async function runScript(
  files: Readonly<Record<string, string>>,
  entry: string,
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  return (await startScript(files, entry, environment)).done
}
