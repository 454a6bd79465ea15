import { fileURLToPath } from 'node:url'
import { startAndReadLine, usage } from '../harness/processes.js'
import { startRedis } from '../harness/redis.js'

export interface BullMq {
  readonly port: number
  readonly path: string
  /** Processor time of server, worker and Redis, ms. */
  cpuMs(): number
  end(): Promise<void>
}

/** BullMQ on a Redis of its own, posting to `target`. */
export async function startBullMq(target: string): Promise<BullMq> {
  const redis = await startRedis()
  const start = (role: string) => startAndReadLine(process.execPath, ['--import', 'tsx', file, role, String(redis.port), target])
  const intake = await start('intake')
  const worker = await start('worker')
  const { port } = JSON.parse(intake.line) as { port: number }
  return {
    port,
    path: '/events',
    cpuMs: () => usage(intake.child.pid!).cpuMs + usage(worker.child.pid!).cpuMs + redis.usage().cpuMs,
    async end() {
      await Promise.all([intake.end(), worker.end()])
      await redis.end()
    },
  }
}

const file = fileURLToPath(new URL('./bullmq.ts', import.meta.url))
