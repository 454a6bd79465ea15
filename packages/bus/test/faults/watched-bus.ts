import { readFileSync } from 'node:fs'
import type { Lives } from './lives.js'
import { post } from './producer.js'

export interface Watched {
  /** Of each publish that was made meanwhile, in milliseconds. */
  readonly latencies: readonly number[]
  /** The most that its resident memory grew, in bytes. */
  readonly grownBytes: number
}

/** Publishes one event after the other to `steady` and looks at the bus's memory, for as long as the work takes. A publish that fails ends it. */
export async function watchWhile(lives: Lives, work: () => Promise<void>): Promise<Watched> {
  const before = residentBytes(lives.bus.pid)
  const latencies: number[] = []
  let most = before
  let over = false
  const watch = async (): Promise<void> => {
    for (let n = 0; !over; n++) {
      const started = performance.now()
      const { status } = await post(lives.url, 'steady', {
        source: 'clerk',
        id: `watch-${lives.count}-${n}-${started}`,
        payload: { key: 'k', n },
      })
      if (status !== 201) throw new Error(`A publish was answered ${status} meanwhile.`)
      latencies.push(performance.now() - started)
      most = Math.max(most, residentBytes(lives.bus.pid))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const watching = watch()
  watching.catch(() => {})
  try {
    await Promise.race([work(), watching])
  } finally {
    over = true
  }
  await watching
  return { latencies, grownBytes: most - before }
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1_024
}
