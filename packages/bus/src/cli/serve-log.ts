import { inOneLine, paint, plain } from './output.js'

/** Beside the text these say nothing to a person at a terminal. */
const ofTheLine: ReadonlySet<string> = new Set(['level', 'time', 'text'])

/** Where the log's JSON lines go when a person reads along: `12:03:04 warn  what happened  topic=permitApproved`. */
export const plainLog = {
  write(line: string): void {
    process.stderr.write(`${readable(line)}\n`)
  },
}

function readable(line: string): string {
  const entry: Record<string, unknown> = JSON.parse(line)
  const time = new Date(String(entry.time)).toTimeString().slice(0, 8)
  const fields = Object.entries(entry)
    .filter(([name]) => !ofTheLine.has(name))
    .map(([name, value]) => `${name}=${readableValue(value)}`)
  const level = String(entry.level).padEnd(5)
  const shownLevel = entry.level === 'warn' || entry.level === 'error' ? paint(level, 'yellow', process.stderr) : level
  return `${paint(time, 'dim', process.stderr)} ${shownLevel} ${plain(String(entry.text))}${fields.length === 0 ? '' : `  ${inOneLine(fields.join(' '))}`}`
}

/** An error is told by its message; its stack is in the JSON log. */
function readableValue(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null && 'message' in value ? String(value.message) : JSON.stringify(value)
}
