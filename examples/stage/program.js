import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const stopTimeoutMs = 15_000
const keptLines = 200

/**
 * Starts a Node program of the story. What it prints is kept and told when the story comes to it, so that the terminal
 * reads in the order of the story, however fast each program is.
 */
export function startProgram(name, args, { cwd, env, tell, signal }) {
  // A process group of its own, so that Ctrl-C reaches the story alone, which stops its programs in the right order.
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const lines = []
  let told = 0
  let look = () => {}
  const hear = (line) => {
    lines.push(line)
    if (lines.length - told > keptLines) told++
    look()
  }
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.once('exit', () => look())

  async function next(pattern) {
    for (;;) {
      const at = lines.findIndex((line, i) => i >= told && pattern.test(line))
      if (at >= 0) return at
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The ${name} program ended by itself. ${lastWords()}`)
      await heardMore(`${pattern}`)
    }
  }

  function heardMore(what) {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error(`The ${name} program never said ${what}. ${lastWords()}`))
      signal.addEventListener('abort', giveUp, { once: true })
      look = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      if (signal.aborted) giveUp()
    })
  }

  const lastWords = () => `It said:\n${lines.slice(-20).join('\n')}`

  return {
    /** Waits for a line that matches and gives the match; tells nothing. */
    async says(pattern) {
      return pattern.exec(lines[await next(pattern)])
    },
    /** Tells what it printed since, up to and with the line that matches, which is waited for. */
    async tells(pattern) {
      const last = await next(pattern)
      for (; told <= last; told++) tell(name, lines[told])
    },
    /** Asks it to end and waits until it has. May be called twice. */
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(giveUp)
    },
  }
}
