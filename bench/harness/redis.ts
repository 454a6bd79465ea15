import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { freePort } from './free-port.js'
import { usage } from './processes.js'
import { tempFolder } from './temp-folder.js'

export interface RedisProcess {
  readonly port: number
  usage(): ReturnType<typeof usage>
  end(): Promise<void>
}

const program = 'redis-server'

/** A Redis that syncs before it answers: the setting under which an answer means as much as the bus's does. @throws when it is not installed. */
export async function startRedis(): Promise<RedisProcess> {
  const folder = tempFolder()
  const port = await freePort()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, '--save', '', '--appendonly', 'yes']
  const child = spawn(program, [...settings, '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const missing = once(child, 'error').then(([error]: Error[]) => {
    throw new Error(`${program} does not start: install it (apt-get install redis-server). ${error?.message}`)
  })
  missing.catch(() => {})
  while (!(await Promise.race([answers(port), missing]))) {
    if (child.exitCode !== null) throw new Error('Redis does not start.')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    port,
    usage: () => usage(child.pid!),
    async end() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      folder.remove()
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
