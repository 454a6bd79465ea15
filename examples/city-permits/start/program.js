import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { tell } from './narrator.js'

const stopTimeoutMs = 15_000
const keptLines = 50

/**
 * Starts a Node program and tells every line it prints under its name, but for those that match `untold`. It gets a
 * process group of its own, so that Ctrl-C reaches us alone and we stop it in the right order.
 */
export function startProgram(name, args, { env, untold = /^$/ }) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const lines = []
  const waiting = new Set()
  const hear = (stream) => {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      if (!untold.test(line)) tell(name, line)
      for (const look of waiting) look(line)
    })
  }
  hear(child.stdout)
  hear(child.stderr)
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
  let stopped = false
  const failed = exited.then((how) => {
    if (!stopped) throw new Error(`The ${name} program ended by itself (${how}); its last words are above.`)
  })
  failed.catch(() => {})
  return {
    failed,
    /** The first group of the first line that matches. */
    says(pattern) {
      const heard = new Promise((resolve) => {
        const look = (line) => {
          const match = pattern.exec(line)
          if (match !== null) resolve(match[1])
        }
        waiting.add(look)
        for (const line of lines) look(line)
      })
      return Promise.race([heard, failed])
    },
    /** Asks it to end and waits until it has. May be called twice. */
    async stop() {
      stopped = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const giveUp = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(giveUp)
    },
  }
}
