import { SyncError } from '@hms-sync/client'
import type { Topic } from '../../publish/topic.js'

/**
 * Refuses to end what topics.yaml says a group is owed: its place would be gone, what is published would be owed to
 * nobody, and the next apply would find nothing to change. @throws SyncError `change_refused` naming the topics and what to do.
 */
export function refuseDeclared(group: string, topics: readonly Topic[]): void {
  const declared = new Set(topics.filter(({ config }) => config.consumers?.includes(group)).map(({ name }) => name))
  if (declared.size === 0) return
  throw new SyncError(
    'change_refused',
    `Nothing was deleted: topics.yaml declares ${group} under consumers of ${[...declared].join(', ')}, so it is owed their events. Take it out there, run \`hms-sync topics apply\` and delete it then; or let it skip what waits: \`hms-sync groups seek ${group} now\`.`,
  )
}
