/**
 * Runs adapters on a thread of their own, so that nothing an operator writes can hold up the thread that accepts events.
 * Started by `AdapterThread`; speaks the words of `protocol.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { leaseMs } from '@hms-sync/adapter/host'
import { beats, type FromWorker, type ToWorker, type WorkerSetup } from '../protocol.js'
import { describeError } from './describe-error.js'
import { Lane } from './lane.js'
import { loadAdapter } from './load-adapter.js'

const port = parentPort
if (port === null) throw new Error('This file runs in a worker thread.')
const { pulse, beatMs } = workerData as WorkerSetup
const lanes = new Map<number, Lane>()
const post = (message: FromWorker) => port.postMessage(message)

// Before anything is loaded: a file may loop while it is read.
Atomics.add(pulse, beats, 1)
setInterval(() => Atomics.add(pulse, beats, 1), beatMs)

port.on('message', (message: ToWorker) => {
  if (message.op === 'deliver') lanes.get(message.id)?.take(message.items)
  else if (message.op === 'load') void load(message.id, message.name, message.path)
  else {
    lanes.get(message.id)?.close()
    lanes.delete(message.id)
  }
})

async function load(id: number, name: string, path: string): Promise<void> {
  try {
    const adapter = await loadAdapter(name, path)
    const [route] = adapter.routes
    if (route === undefined) throw new Error(`${path} has no sink`)
    lanes.set(id, new Lane(id, route, pulse, post))
    const { target, concurrency } = route.to
    post({ op: 'loaded', id, adapter: { topics: route.topics, target, concurrency, leaseMs: leaseMs(route.to) } })
  } catch (error) {
    post({
      op: 'failed',
      id,
      reason: error instanceof Error && 'code' in error && error.code === 'invalid_config' ? error.message : describeError(error),
    })
  }
}
