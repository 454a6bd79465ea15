import type { Effect } from '@hms-sync/adapter/host'
import type { Inspected } from '../adapters/inspect-adapters.js'
import type { ConfigFault, Project, TopicConfig } from '../registry/config.js'
import { faultOfPlace } from '../registry/config-error.js'

/** What one adapter really gets of one topic. */
export interface PairGuarantee {
  readonly topic: string
  readonly adapter: string
  readonly guarantee: string
}

/** From the topic's settings, and from what the adapter's sinks say of themselves. */
export function guaranteesOf({ topics }: Project, adapters: readonly Inspected[]): readonly PairGuarantee[] {
  return adapters.flatMap((adapter) => {
    if ('fault' in adapter) return []
    return adapter.pairs.flatMap(({ topic: name, effects }) => {
      const topic = topics.find((known) => known.name === name)
      if (topic === undefined) return []
      const applied = [...new Set(effects)].map((effect) => applying[effect])
      return {
        topic: name,
        adapter: adapter.name,
        guarantee: [wayIn(topic), order(topic), kept(topic), failing(topic), ...applied].join('; '),
      }
    })
  })
}

/** Of adapter files that cannot be loaded: each line that names a place becomes a fault there. */
export function adapterFaults(adapters: readonly Inspected[]): readonly ConfigFault[] {
  return adapters.flatMap((adapter) => {
    if (!('fault' in adapter)) return []
    const { path, fault } = adapter
    const file = `adapters/${path.split(/[/\\]adapters[/\\]/).at(-1)}`
    const [head = '', ...rest] = fault.split('\n')
    const lines = rest.length > 0 && /^.* has (a fault|\d+ faults):$/.test(head) ? rest : [head, ...rest]
    return lines.map((line) => placed(file, line.trim(), path))
  })
}

function placed(file: string, line: string, path: string): ConfigFault {
  const [, row, column, said] = line.startsWith(path) ? (/^:(\d+):(\d+): (.*)$/.exec(line.slice(path.length)) ?? []) : []
  if (said === undefined) return faultOfPlace(file, '', line)
  const [, quoted, message] = /^("(?:[^"\\]|\\.)*"): (.*)$/.exec(said) ?? []
  return { file, line: Number(row), column: Number(column), text: quoted === undefined ? '' : JSON.parse(quoted), message: message ?? said }
}

const applying: Readonly<Record<Effect, string>> = {
  transactional: 'applied once: what it writes and how far it is are one transaction',
  idempotent: 'sent at least once, each try with the same Idempotency-Key: applied once where that is honoured',
  at_least_once: 'sent at least once: after a crash or an unclear answer it may be applied again',
}

function wayIn({ qos }: TopicConfig): string {
  return qos === 'exactly_once' ? 'stored once per id and settled once' : 'stored once per id'
}

function order({ key }: TopicConfig): string {
  return key === null ? 'in no order, because the topic has no key' : `in order per ${key.join('.')}`
}

function kept({ maxBytes }: TopicConfig): string {
  return maxBytes === null ? 'owed until the system has it' : 'owed until the system has it, unless maxBytes is reached first'
}

function failing({ onFailure }: TopicConfig): string {
  const key = {
    supersede: 'its key goes on, and newer state makes it stale',
    park: 'its key waits until it is mended',
    skip: 'its key goes on',
  }
  return `what it refuses for good is a dead letter, and ${key[onFailure]}`
}
