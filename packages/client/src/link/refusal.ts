import type { Address } from '../address.js'
import type { Problem } from '../errors.js'
import { errorCodes, fromProblem, SyncError } from '../errors.js'

/** What to say when nothing answers: where, why, and what to do. */
export function unreachable(address: Address, why: string, cause?: unknown): SyncError {
  const text = `No bus answers at ${address.url} (${why}). Start one there with \`hms-sync serve\`, or set EVENT_BUS_URL to where it listens.`
  return new SyncError('unreachable', text, cause === undefined ? {} : { cause })
}

/** What an HTTP answer instead of a WebSocket means. */
export function refusedUpgrade(address: Address, status: number, body: string): SyncError {
  const problem = asProblem(body)
  if (problem !== null && (problem.code !== 'not_found' || status !== 404)) return fromProblem(problem)
  if (status === 401 || status === 403)
    return new SyncError('unauthorized', `The bus at ${address.url} refused the credentials (HTTP ${status}). Check name and key.`)
  if (status >= 500 || status === 429) return unreachable(address, `HTTP ${status}`)
  return new SyncError(
    'wrong_url',
    `What answers at ${address.url} is no bus (HTTP ${status} for /v1/stream). Set EVENT_BUS_URL to where \`hms-sync serve\` listens.`,
  )
}

function asProblem(body: string): Problem | null {
  try {
    const problem = JSON.parse(body) as Partial<Problem> | null
    return typeof problem?.code === 'string' && problem.code in errorCodes && typeof problem.detail === 'string'
      ? (problem as Problem)
      : null
  } catch {
    return null
  }
}
