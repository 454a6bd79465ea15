/** Appends until the disk fails, then tries everything again. Prints what became of it. For the fault tests. */
import { openStorage } from '../../dist/open-storage.js'

const [, , folder] = process.argv
const { engine, store, close } = await openStorage({ folder, ballastBytes: 65_536 })
const incarnation = await engine.ensureTopic({ name: 't', partitions: 1, retentionMs: 1_000 })
const event = { id: 'a', source: 's', key: null, received: 1, body: `{"id":"${'x'.repeat(1_000)}"}` }
const codes = []
let acknowledged = 0
while (codes.length === 0) {
  const appends = Array.from({ length: 20 }, () => engine.append('t', 0, Array(20).fill(event)))
  for (const { status, reason } of await Promise.allSettled(appends)) {
    if (status === 'fulfilled') acknowledged += 20
    else codes.push(reason.code)
  }
}
const codeOf = (promise) =>
  promise.then(
    () => 'accepted',
    (error) => error.code,
  )
const after = {
  append: await codeOf(engine.append('t', 0, [event])),
  commit: await codeOf(
    store.commit([{ kind: 'progress', progress: { group: 'g', topic: 't', partition: 0, incarnation, cursor: 1n, ahead: [] } }]),
  ),
  trim: await codeOf(engine.trim('t', 0, 100n, new AbortController().signal)),
}
await close()
process.stdout.write(JSON.stringify({ acknowledged, codes, after }))
