import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of the benchmark that does one kind of job, each time it is asked. */
export interface Worker<Job, Answer> {
  readonly pid: number
  ask(job: Job): Promise<Answer>
  end(): Promise<void>
}

/** Starts a TypeScript file of this folder as a process that answers jobs (see `answerJobs`). */
export async function startWorker<Job, Answer>(url: URL): Promise<Worker<Job, Answer>> {
  const child = fork(fileURLToPath(url), { execArgv: ['--import', 'tsx'], serialization: 'advanced' })
  return {
    pid: child.pid!,
    ask: (job) => {
      child.send(job as object)
      return answerOf(child, url.pathname)
    },
    end: () => stop(child),
  }
}

/** The other end of `startWorker`. */
export function answerJobs<Job, Answer>(work: (job: Job) => Promise<Answer>): void {
  process.on('message', (job: Job) => {
    work(job).then(
      (value) => process.send!({ value }),
      (error: Error) => process.send!({ error: error.stack ?? error.message }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}

/** Starts a command and waits for its first line on stdout. */
export async function startAndReadLine(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ readonly child: ChildProcess; readonly line: string; end(signal?: NodeJS.Signals): Promise<void> }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let talk = ''
  child.stderr.on('data', (chunk: Buffer) => {
    talk = (talk + chunk.toString()).slice(-4_000)
  })
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${talk}`)
    }),
  ])) as [string]
  lines.on('line', () => undefined)
  return { child, line, end: (signal = 'SIGTERM') => stop(child, signal) }
}

/** Memory and processor time of a process, from /proc. */
export function usage(pid: number): { readonly rssBytes: number; readonly cpuMs: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssBytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return { rssBytes, cpuMs: (Number(fields[11]) + Number(fields[12])) * 10 }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  const patience = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(patience)
}

function answerOf<Answer>(child: ChildProcess, name: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: { value: Answer } | { error: string }): void => {
      child.off('exit', onExit)
      if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer.value)
    }
    const onExit = (code: number | null, signal: string | null): void => {
      child.off('message', onAnswer)
      reject(new Error(`${name} ended with ${code ?? signal}.`))
    }
    child.once('message', onAnswer)
    child.once('exit', onExit)
  })
}
