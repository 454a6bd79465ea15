import { SyncError } from './errors.js'

/** The bus ends a connection that sends longer ones. */
const maxNameLength = 512

/** @throws SyncError `invalid_request` when it can be no topic's name. */
export function checkTopic(topic: unknown): asserts topic is string {
  if (isName(topic)) return
  throw new SyncError('invalid_request', 'A topic must be a name of at most 512 characters, such as "permitApproved".')
}

export function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= maxNameLength
}
