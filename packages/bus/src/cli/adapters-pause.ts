import type { TargetHealth } from '@hms-sync/client'
import type { Command } from 'commander'
import { healthReason } from './adapter-state.js'
import { busCommand, type CommonOptions } from './command.js'
import { plain, printJson, say } from './output.js'

/** `hms-sync adapters pause NAME` */
export function adaptersPauseCommand(): Command {
  return busCommand({
    name: 'pause',
    description:
      'Hold back what goes to the system behind an adapter. Its events wait, in order and without losing tries, until `adapters resume`; a restart of the bus changes nothing.',
    examples: [['hms-sync adapters pause scheduling', 'before the maintenance of that system']],
  })
    .argument('<name>', 'the adapter')
    .action((name: string, flags: CommonOptions) => change('pause', name, flags))
}

/** `hms-sync adapters resume NAME` */
export function adaptersResumeCommand(): Command {
  return busCommand({
    name: 'resume',
    description:
      'Send to the system behind an adapter again; also where the bus paused it because it failed for too long. One that is out of reach is tried at once.',
    examples: [['hms-sync adapters resume scheduling', 'what waited goes out, in order, at a limited rate']],
  })
    .argument('<name>', 'the adapter')
    .action((name: string, flags: CommonOptions) => change('resume', name, flags))
}

async function change(verb: 'pause' | 'resume', name: string, flags: CommonOptions): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const health = await askBus<TargetHealth>(flags.url, `/v1/adapters/${encodeURIComponent(name)}/${verb}`, { method: 'POST' })
  if (flags.json) return printJson(health)
  // A system that was out of reach is so until the try that has just begun has ended.
  if (verb === 'resume' && health.state === 'failing') return say(plain(`${name} is tried now: hms-sync adapters show ${name}`))
  const reason = healthReason(health)
  say(plain(`${name} is ${health.state}${reason === '' ? '' : ` ${reason}`}.`))
}
