import type { AdapterTestRequest } from '@hms-sync/client'
import type { Command } from 'commander'
import type { Project } from '../registry/config.js'
import type { ProjectFlags } from '../registry/settings-schema.js'
import { type CommonOptions, folderCommand } from './command.js'
import { asWrongUse } from './failure.js'
import { portNumber } from './numbers.js'
import { keepRunningOnClosedPipe, print, say } from './output.js'
import { boundHeap } from './serve-heap.js'
import { untilAskedToStop } from './serve-signals.js'

type ServeFlags = CommonOptions & ProjectFlags & { readonly acceptLoss?: readonly string[] }

/** Closing takes no longer: what was under way by then is delivered again after the next start. */
const stopTimeoutMs = 9_500
/** Of it, what subscribers get to settle what they work on; so it is not sent to them again. */
const graceMs = 3_000

/** `hms-sync serve [FOLDER]`: the only command that opens the data folder. */
export function serveCommand(): Command {
  return folderCommand({
    name: 'serve',
    description:
      'Run the bus with a project folder, until Ctrl-C or SIGTERM.\nSIGHUP reads topics.yaml again and takes up what changed, under traffic. A second Ctrl-C stops at once.',
    examples: [
      ['hms-sync serve', 'the current folder on http://127.0.0.1:4280'],
      ['hms-sync serve city-sync --port 0 --json', 'a free port; one line {"ready":true,"url":…,"pid":…} on stdout when ready'],
    ],
  })
    .argument('[folder]', 'the project folder, with topics.yaml', '.')
    .option('--host <host>', 'where to listen (default: HMS_SYNC_HOST, else hms-sync.yaml, else 127.0.0.1)')
    .option('--port <port>', 'where to listen; 0: any free port (default: HMS_SYNC_PORT, else hms-sync.yaml, else 4280)', portNumber)
    .option('--data <folder>', 'where the data lies (default: HMS_SYNC_DATA, else hms-sync.yaml, else FOLDER/.hms-sync)')
    .option('--engine <url>', 'the log (default: HMS_SYNC_ENGINE, else hms-sync.yaml, else embedded)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .option('--accept-loss <topic...>', 'topics whose data may be lost, when topics.yaml asks for it since the last start')
    .option('--dev', 'topics come into being at first publish; topics.yaml may be absent')
    .action(serve)
}

async function serve(folder: string, flags: ServeFlags): Promise<void> {
  keepRunningOnClosedPipe()
  boundHeap()
  const [{ loadEnvironment, loadProject }, { openProject }, { startServer }, { openLog }, { bootLines }, { takeUp }, { plainLog }] =
    await Promise.all([
      import('../registry/load-project.js'),
      import('../open-project.js'),
      import('../server/start-server.js'),
      import('../observe/log.js'),
      import('./serve-boot-lines.js'),
      import('./serve-take-up.js'),
      import('./serve-log.js'),
    ])
  const reload = () => loadProject({ folder, flags, env: process.env })
  const project = await reload().catch((error: unknown) => {
    throw asWrongUse(error, (place) => place.startsWith('--'))
  })
  const { host, port, logLevel } = project.config
  const log = flags.json ? openLog(logLevel.value) : openLog(logLevel.value, plainLog)
  const opened = await openProject(project, { log, acceptLoss: flags.acceptLoss ?? [] })
  const { bus, adapters } = opened
  const view = {
    list: () => adapters.stats(),
    apply: (next: Project) => adapters.apply(next),
    // A key that was put into .env is a reason to load an adapter anew.
    reload: async (name: string) => adapters.reload(name, await loadEnvironment({ folder, env: process.env })),
    test: (name: string, request: AdapterTestRequest) => adapters.test(name, request),
  }
  const server = await startServer({
    bus,
    adapters: view,
    log,
    reload,
    limits: project.config.limits,
    host: host.value,
    port: port.value,
  }).catch(async (error: unknown) => {
    await opened.close()
    throw error
  })
  // Before anybody is told that it is ready: a signal that comes right after must find its handler.
  const asked = untilAskedToStop({ reload: () => takeUp(reload, { bus, adapters, log }), log })
  const lines = bootLines({ project, url: server.url, durability: bus.durability, adapters: view.list() })
  for (const line of lines) {
    if (!flags.json) say(line)
    else if (line !== '') log.info({}, line.trim())
  }
  // Whoever started us may have gone; the bus serves the others.
  if (flags.json) await print(JSON.stringify({ ready: true, url: server.url, pid: process.pid })).catch(() => {})
  await asked
  // Subscribers and adapters finish what they work on before the doors close: each has its own part of the ten seconds.
  const settled = bus.drain(graceMs).then(() => server.close())
  const closed = Promise.all([settled, adapters.close()]).then(() => opened.close())
  if (!(await endsWithin(stopTimeoutMs, closed))) {
    log.warn({}, 'Closing took too long and is cut short; what was under way is delivered again after the next start.')
  }
  process.exit(0)
}

/** Waits for the work, but no longer than this; false when it was not done by then. */
async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const done = work.then(() => true as const)
  return Promise.race([done, timeout]).finally(() => clearTimeout(timer))
}
