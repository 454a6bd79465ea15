/** `hms-sync-adapter FILE`: runs one adapter as a process of its own, until Ctrl-C or SIGTERM. */
import { parseArgs } from 'node:util'
import { SyncError } from '@hms-sync/client'
import { runAdapter } from './run-adapter.js'

const usage = `Usage: hms-sync-adapter FILE [--url URL] [--name NAME]

Run an adapter file as a process of its own, connected outwards to the bus. Until Ctrl-C or SIGTERM.

  FILE           what would lie under adapters/ of the bus: NAME.js, NAME.ts, NAME.yaml
  --url <url>    the bus (default: EVENT_BUS_URL, else http://127.0.0.1:4280)
  --name <name>  the adapter's name on the bus (default: the file's)
  --help         this text

The key comes from HMS_SYNC_KEY or from the URL in EVENT_BUS_URL. env:NAME in the file is read from the environment.
Exit code 1: the adapter cannot run, or the bus ended it. 2: the command is wrong.`

/** A bus that is not there is waited for; after so long it is said. */
const patienceMs = 3_000

await run(process.argv.slice(2))

async function run(args: readonly string[]): Promise<void> {
  const { file, url, name, help } = readArgs(args)
  if (help) return console.log(usage)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const waiting = setTimeout(() => console.error(`Still waiting for the bus at ${shown(url)}.`), patienceMs)
  try {
    const adapter = await runAdapter(file, {
      signal: stop.signal,
      ...(url === undefined ? {} : { url }),
      ...(name === undefined ? {} : { name }),
    })
    clearTimeout(waiting)
    console.error(`The adapter ${adapter.name} runs and sends to ${adapter.target}.`)
    const closed = adapter.closed
    stop.signal.addEventListener('abort', () => void adapter.close(), { once: true })
    if (stop.signal.aborted) await adapter.close()
    await closed
  } catch (error) {
    if (stop.signal.aborted) return
    console.error(error instanceof SyncError ? error.message : isMissing(error) ? `There is no file ${file}.` : error)
    process.exitCode = 1
  } finally {
    clearTimeout(waiting)
  }
}

/** Without the key that it may hold. */
function shown(url = process.env.EVENT_BUS_URL ?? 'http://127.0.0.1:4280'): string {
  return URL.canParse(url) ? new URL(url).origin : 'its address'
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'syscall' in error
}

function readArgs(args: readonly string[]): {
  readonly file: string
  readonly url?: string
  readonly name?: string
  readonly help: boolean
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: { type: 'string' }, name: { type: 'string' }, help: { type: 'boolean' } },
    })
    const [file, ...more] = positionals
    if (values.help === true) return { file: '', help: true }
    if (file !== undefined && more.length === 0) return { file, help: false, ...values }
  } catch (error) {
    console.error((error as Error).message)
  }
  console.error(usage)
  process.exit(2)
}
