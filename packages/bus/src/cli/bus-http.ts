import { fromProblem, type Problem, SyncError } from '@hms-sync/client'
import { busAddress, maskedUrl } from './address.js'

const requestTimeoutMs = 30_000

export interface BusRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly body?: object
}

/**
 * One plain request to the bus, for what the SDK has no verb for: lists, repairs, `apply`.
 * @throws SyncError with the bus's own code, `unreachable` when nobody answers, `timeout` after 30 s.
 */
export async function askBus<T>(flag: string | undefined, path: string, request: BusRequest = {}): Promise<T> {
  const { url } = busAddress(flag)
  const response = await send(url, path, request)
  const text = await response.text()
  const answer = parseAnswer(text)
  if (response.ok) return answer as T
  if (isProblem(answer)) throw fromProblem(answer)
  throw new SyncError(
    'wrong_url',
    `${maskedUrl(url)}${path} answered ${response.status} and not as a bus would. Is another program listening there?`,
  )
}

async function send(url: URL, path: string, { method = 'GET', body }: BusRequest): Promise<Response> {
  const target = new URL(url.pathname.replace(/\/$/, '') + path, url.origin)
  try {
    return await fetch(target, {
      method,
      headers: { accept: 'application/json', ...credentials(url), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'TimeoutError') {
      throw new SyncError('timeout', `The bus at ${maskedUrl(url)} did not answer within ${requestTimeoutMs / 1_000} s.`, { cause })
    }
    throw new SyncError(
      'unreachable',
      `No bus answers at ${maskedUrl(url)}. Start one with \`hms-sync serve\`, or say where it is with --url or EVENT_BUS_URL.`,
      { cause },
    )
  }
}

/** A key proves who we are; without one the bus takes the name that we give, on loopback only. */
function credentials(url: URL): Record<string, string> {
  const name = decodeURIComponent(url.username) || process.env.HMS_SYNC_NAME || ''
  const key = decodeURIComponent(url.password) || process.env.HMS_SYNC_KEY || ''
  return name === '' && key === '' ? {} : { authorization: `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}` }
}

function parseAnswer(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'detail' in answer
}
