/** Appends to a data folder and prints the number of each acknowledged event, until it is killed. For the fault tests. */
import { openStorage } from '../../dist/open-storage.js'

const [, , folder, synchronous = 'full'] = process.argv
const { engine, store } = await openStorage({ folder, synchronous, ballastBytes: 65_536 })
const incarnation = await engine.ensureTopic({ name: 't', partitions: 2, retentionMs: 1_000 })
process.stdout.write('ready\n')
let number = 0

async function lane() {
  for (;;) {
    const first = number
    number += 5
    const events = Array.from({ length: 5 }, (_, i) => ({
      id: `${first + i}`,
      source: 's',
      key: null,
      received: Date.now(),
      body: `{"id":"${first + i}"}`,
    }))
    const progress = { group: 'g', topic: 't', partition: first % 2, incarnation, cursor: BigInt(first), ahead: [] }
    await Promise.all([engine.append('t', first % 2, events), store.commit([{ kind: 'progress', progress }])])
    process.stdout.write(`${first}\n`)
  }
}

await Promise.all(Array.from({ length: 8 }, lane))
