import { describe, expect, it } from 'vitest'
import { type Moving, ProgressWriter } from '#dist/delivery/consumption/progress-writer.js'
import { silentLog } from '#dist/observe/log.js'
import type { Change, Store } from '#dist/store/store.js'
import { ManualClock } from '#dist/testing/index.js'
import { parkedEvent } from '#dist/testing/store-bench.js'

/** A store that answers when the test says so. */
class SlowStore {
  readonly commits: { readonly changes: readonly Change[]; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = []
  commit(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => this.commits.push({ changes, resolve, reject }))
  }
}

function place(group: string): Moving {
  const progress = { group, topic: 't', partition: 0, incarnation: 'i', cursor: 1n, ahead: [] }
  return { progressChange: () => ({ kind: 'progress', progress }), takeNotes: () => [] }
}

const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await Promise.resolve()
}

describe('the progress writer', () => {
  const start = () => {
    const store = new SlowStore()
    const clock = new ManualClock()
    return { store, clock, writer: new ProgressWriter(store as unknown as Store, clock, silentLog) }
  }

  it('writes what moves at any moment, also while a commit is just ending', async () => {
    for (let turn = 0; turn < 12; turn++) {
      const { store, writer } = start()
      const first = writer.write(place('clinic'))
      await turns(5)
      store.commits[0]!.resolve()
      await turns(turn)
      const second = writer.write(place('clinic'))
      await turns(20)
      expect(store.commits.length, `written ${turn} turns after the commit`).toBe(2)
      store.commits[1]!.resolve()
      await Promise.all([first, second])
    }
  })

  it('does not write a place again that was forgotten while its commit failed', async () => {
    const { store, clock, writer } = start()
    const gone = place('clinic')
    const writing = writer.write(gone)
    await turns(5)
    writer.forget(gone)
    store.commits[0]!.reject(new Error('full'))
    await expect(writing).rejects.toThrow('full')
    clock.advance(1_000)
    await turns(20)
    expect(store.commits.length).toBe(1)
  })

  it('does not write again what was parked for a group that was deleted while its commit failed', async () => {
    const { store, clock, writer } = start()
    const [gone, other] = [place('gone'), place('clinic')]
    const parked = (group: string) => ({ kind: 'parked', event: parkedEvent({ group, topic: 't' }) }) as const
    const writing = Promise.allSettled([writer.write(gone, parked('gone')), writer.write(other, parked('clinic'))])
    await turns(5)
    writer.forget(gone, true)
    store.commits[0]!.reject(new Error('full'))
    await writing
    clock.advance(1_000)
    await turns(20)
    expect(store.commits[1]!.changes).toEqual([parked('clinic'), other.progressChange()])
  })

  it('answers everybody when the last commit before the end fails', async () => {
    const { store, writer } = start()
    const first = writer.write(place('clinic'))
    await turns(5)
    const second = writer.write(place('clinic'))
    const closed = writer.close()
    store.commits[0]!.reject(new Error('full'))
    expect((await Promise.allSettled([first, second])).map((one) => one.status)).toEqual(['rejected', 'rejected'])
    await closed
  })
})
