/**
 * Runs adapters on a thread of their own, so that nothing an operator writes can hold up the thread that accepts events.
 * Started by `AdapterThread`; speaks the words of `protocol.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type Adapter, leaseMs, loadAdapter, mappingMark, watchBlocking } from '@hms-sync/adapter/host'
import { beats, blocked, type FromWorker, type Loaded, type ToWorker, type WorkerSetup, writeMark } from '../protocol.js'
import { describeError } from './describe-error.js'
import { Lane } from './lane.js'

const port = parentPort
if (port === null) throw new Error('This file runs in a worker thread.')
const { pulse, beatMs } = workerData as WorkerSetup
const lanes = new Map<number, Lane>()
const post = (message: FromWorker) => port.postMessage(message)

// Before anything is loaded: a file may loop while it is read.
Atomics.add(pulse, beats, 1)
setInterval(() => Atomics.add(pulse, beats, 1), beatMs)
mappingMark.watchedBy((mark) => writeMark(pulse, mark))
watchBlocking((isBlocked) => {
  // A beat first: the time that it was blocked must not count once it no longer is.
  if (!isBlocked) Atomics.add(pulse, beats, 1)
  Atomics.store(pulse, blocked, isBlocked ? 1 : 0)
})

port.on('message', (message: ToWorker) => {
  if (message.op === 'deliver') lanes.get(message.id)?.take(message.items)
  else if (message.op === 'load') void load(message.id, message.name, message.path)
  else if (message.op === 'test') void test(message.id, message.ref, message.events)
  else if (message.op === 'environment') setEnvironment(message.values)
  else {
    lanes.get(message.id)?.close()
    lanes.delete(message.id)
  }
})

async function load(id: number, name: string, path: string): Promise<void> {
  try {
    const adapter = await loadAdapter(name, path)
    const lane = new Lane({ id, name }, adapter, post)
    lanes.set(id, lane)
    post({ op: 'loaded', id, adapter: describe(adapter, lane.run.concurrency) })
  } catch (error) {
    post({
      op: 'failed',
      id,
      reason: error instanceof Error && 'code' in error && error.code === 'invalid_config' ? error.message : describeError(error),
    })
  }
}

/** This thread's own copy of the environment. */
function setEnvironment(values: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(values, name)) delete process.env[name]
  Object.assign(process.env, values)
}

function describe({ routes, policy, acceptDuplicates }: Adapter, concurrency: number): Loaded {
  const sinks = routes.map(({ to }) => to)
  return {
    topics: routes.map(({ topics }) => topics),
    effects: sinks.map(({ effect }) => effect),
    target: [...new Set(sinks.map(({ target }) => target))].join(', '),
    concurrency,
    leaseMs: leaseMs(sinks),
    policy,
    acceptDuplicates,
  }
}

async function test(id: number, ref: number, events: readonly string[]): Promise<void> {
  post({ op: 'tested', ref, tests: (await lanes.get(id)?.test(events)) ?? [] })
}
