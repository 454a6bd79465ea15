/** Writes events one batch behind the other and says which are done, until it is killed. Arguments: folder, number of the first event. */
import { file } from '../../dist/sinks/file/file.js'

const [folder, first] = process.argv.slice(2)
const sink = file({ folder, format: 'ndjson', name: 'permits', rotate: { maxEvents: 50 } })
const never = new AbortController().signal
for (let n = Number(first); ; n += 7) {
  const batch = Array.from({ length: 7 }, (_, i) => ({
    event: { id: `e-${n + i}` },
    value: { n: n + i, text: 'x'.repeat(200) },
    attempt: 1,
    idempotencyKey: `k-${n + i}`,
    adapter: 'warehouse',
  }))
  const outcomes = await sink.apply(batch, never)
  if (outcomes.some(({ outcome }) => outcome !== 'done')) throw new Error(JSON.stringify(outcomes))
  process.stdout.write(`${n + 7}\n`)
}
