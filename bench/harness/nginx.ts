import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.js'
import { tempFolder } from './temp-folder.js'

export interface Nginx {
  readonly url: string
  /** Requests answered so far, those that ask for it included. */
  requests(): Promise<number>
  end(): Promise<void>
}

const program = '/usr/sbin/nginx'

/** A target that costs next to nothing: nginx answering 200. @throws when nginx is not installed. */
export async function startNginx(): Promise<Nginx> {
  if (!existsSync(program)) throw new Error(`${program} is missing: install nginx (apt-get install nginx-light).`)
  const folder = tempFolder()
  const port = await freePort()
  mkdirSync(join(folder.path, 'temp'))
  writeFileSync(join(folder.path, 'nginx.conf'), configuration(folder.path, port))
  const child = spawn(program, ['-p', folder.path, '-c', join(folder.path, 'nginx.conf'), '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${port}`
  const status = async (): Promise<number> => Number(/\s(\d+)\s+Reading/.exec(await (await fetch(`${url}/status`)).text())?.[1])
  while ((await status().catch(() => null)) === null) {
    if (child.exitCode !== null) throw new Error('nginx does not start.')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url,
    requests: status,
    async end() {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      folder.remove()
    },
  }
}

function configuration(folder: string, port: number): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/temp/${name};`)
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 2m;
${temp.join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / { return 200; }
    location /status { stub_status; }
  }
}
`
}
