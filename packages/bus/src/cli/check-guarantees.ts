import type { Project, TopicConfig } from '../registry/config.js'

/** What one adapter really gets of one topic; null: the adapter's own file chooses its topics, and files are not run here. */
export interface PairGuarantee {
  readonly topic: string | null
  readonly adapter: string
  readonly guarantee: string
}

/**
 * As far as the files tell without running them. Every adapter of this version ends in an HTTP sink: it can repeat a
 * request, and the system can recognise the repeat, which is all that HTTP gives.
 */
export function guaranteesOf({ topics, adapterFiles }: Project): readonly PairGuarantee[] {
  return adapterFiles.flatMap(({ name }): readonly PairGuarantee[] => {
    const declared = topics.filter(({ consumers }) => consumers?.includes(name))
    if (declared.length === 0) return [{ topic: null, adapter: name, guarantee: sent }]
    return declared.map((topic) => ({
      topic: topic.name,
      adapter: name,
      guarantee: [wayIn(topic), order(topic), kept(topic), failing(topic), sent].join('; '),
    }))
  })
}

const sent = 'sent at least once, each try with the same Idempotency-Key: applied once if the system honours it'

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
