import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startAndReadLine, usage } from './processes.js'
import { tempFolder } from './temp-folder.js'

export interface BusProcess {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly folder: string
  /** From start to the ready line, ms. */
  readonly readyMs: number
  usage(): ReturnType<typeof usage>
  /** Ends it and starts it anew on the same folder. */
  restart(signal?: NodeJS.Signals): Promise<BusProcess>
  /** Ends it and removes its folder. */
  end(): Promise<void>
}

/** Files of a project folder by path. */
export type ProjectFiles = Readonly<Record<string, string>>

/** Starts `hms-sync serve` on a folder of its own, as a user would. `HMS_SYNC_BENCH_NODE` gives node options, such as `--cpu-prof`. */
export async function startBus(files: ProjectFiles): Promise<BusProcess> {
  const folder = tempFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder.path, path, '..'), { recursive: true })
    writeFileSync(join(folder.path, path), text)
  }
  try {
    return await serve(folder)
  } catch (error) {
    folder.remove()
    throw error
  }
}

async function serve(folder: ReturnType<typeof tempFolder>): Promise<BusProcess> {
  const begun = performance.now()
  const options = (process.env.HMS_SYNC_BENCH_NODE ?? '').split(' ').filter((option) => option !== '')
  const args = [...options, command, 'serve', folder.path, '--port', '0', '--json']
  const started = await startAndReadLine(process.execPath, args, { ...process.env, HMS_SYNC_LOG_LEVEL: 'warn' })
  const readyMs = performance.now() - begun
  const { url } = JSON.parse(started.line) as { url: string }
  return {
    url,
    port: Number(new URL(url).port),
    pid: started.child.pid!,
    folder: folder.path,
    readyMs,
    usage: () => usage(started.child.pid!),
    async restart(signal) {
      await started.end(signal)
      return serve(folder)
    },
    async end() {
      await started.end()
      folder.remove()
    },
  }
}

const command = fileURLToPath(new URL('../../packages/bus/bin/hms-sync.js', import.meta.url))
