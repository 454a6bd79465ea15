/** Writes events one batch behind the other and says which are done, until it is killed. Arguments: folder, number of the first event, a bug. */
import { file } from '../../dist/sinks/file/file.js'
import { OpenPart } from '../../dist/sinks/file/open-part.js'

const [folder, first, bug] = process.argv.slice(2)
const { append } = OpenPart.prototype
/** What a careless sink would do. */
const bugs = {
  'forgets what it has written': () => {
    OpenPart.prototype.has = () => false
  },
  'says done before it has written': () => {
    OpenPart.prototype.append = async function (...args) {
      setTimeout(() => void append.apply(this, args).catch(() => {}), 20)
    }
  },
}
bugs[bug]?.()
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
