import type { Bus } from '@hms-sync/client'

export interface Sent {
  readonly source: string
  readonly id: string
  readonly key: string
  /** Rises by one with each event of a key. */
  readonly n: number
}

export interface Acknowledged extends Sent {
  readonly position: string
  readonly duplicate: boolean
}

/** Publishes until it is told to stop; each event with an id chosen before the first try and kept over all tries. */
export interface Producer {
  readonly acknowledged: readonly Acknowledged[]
  /** Tries that got no answer, or one that asks to come back. */
  readonly tries: { failed: number }
  /** Begins nothing new; resolves when all that was begun is acknowledged. Rejects with a refusal that no retry can mend. */
  stop(): Promise<void>
}

export interface ProducerOptions {
  readonly url: string
  readonly source: string
  readonly topic: string
  readonly keys: number
}

/** One request an event, over HTTP; the next event of a key only when the one before is acknowledged. */
export function httpProducer({ url, source, topic, keys }: ProducerOptions): Producer {
  const acknowledged: Acknowledged[] = []
  const tries = { failed: 0 }
  let stopping = false
  const run = async (): Promise<void> => {
    for (let i = 0; !stopping; i++) {
      const sent = eventOf(source, i, keys)
      acknowledged.push({ ...sent, ...(await postUntilAnswered(url, topic, sent, () => tries.failed++)) })
    }
  }
  const running = run()
  running.catch(() => {})
  return {
    acknowledged,
    tries,
    stop() {
      stopping = true
      return running
    },
  }
}

/** Through the SDK, many under way at once; what was not answered is sent again by the SDK, in order. */
export function sdkProducer(bus: Bus, { source, topic, keys }: Omit<ProducerOptions, 'url'>): Producer {
  const acknowledged: Acknowledged[] = []
  let stopping = false
  const underWay = new Set<Promise<void>>()
  const run = async (): Promise<void> => {
    for (let i = 0; !stopping; i++) {
      const sent = eventOf(source, i, keys)
      const { key, n } = sent
      const publishing = bus.publish(topic, { key, n }, { id: sent.id, timeoutMs: 120_000 }).then(({ position, duplicate }) => {
        acknowledged.push({ ...sent, position, duplicate })
        underWay.delete(publishing)
      })
      underWay.add(publishing)
      if (underWay.size >= 16) await Promise.race(underWay)
    }
    await Promise.all(underWay)
  }
  const running = run()
  running.catch(() => {})
  return {
    acknowledged,
    tries: { failed: 0 },
    stop() {
      stopping = true
      return running
    },
  }
}

/** Posts one event with its id until it is answered for good, as a careful client does. */
export async function postUntilAnswered(
  url: string,
  topic: string,
  { source, id, key, n }: Sent,
  onFailure: () => void = () => {},
): Promise<Answer> {
  for (;;) {
    const answer = await post(url, topic, { source, id, payload: { key, n } }).catch(() => null)
    if (answer !== null && (answer.status === 200 || answer.status === 201)) return answer
    if (answer !== null && answer.status < 500) throw new Error(`${id} was refused with ${answer.status}: ${answer.detail}`)
    onFailure()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export interface Answer {
  readonly status: number
  readonly position: string
  readonly duplicate: boolean
  readonly code?: string
  readonly detail?: string
}

/** One try of one event. Rejects when there is no answer. */
export async function post(
  url: string,
  topic: string,
  event: { readonly source: string; readonly id: string; readonly payload: unknown },
): Promise<Answer> {
  const { source, id, payload } = event
  const response = await fetch(`${url}/v1/topics/${topic}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id, 'hms-sync-name': source },
    body: JSON.stringify(payload),
    signal: AbortSignal.timeout(10_000),
  })
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) }
}

/** Many payloads in one request. Rejects unless every event of it was stored. Answers their ids. */
export async function publishBatch(url: string, topic: string, payloads: readonly object[]): Promise<readonly string[]> {
  const response = await fetch(`${url}/v1/topics/${topic}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.hms-sync.batch+json' },
    body: JSON.stringify({ events: payloads.map((payload) => ({ payload })) }),
  })
  const { results } = (await response.json()) as { readonly results: readonly { readonly status: number; readonly id: string }[] }
  const refused = results.find(({ status }) => status !== 201)
  if (refused !== undefined) throw new Error(`An event of the batch was not stored: ${JSON.stringify(refused)}`)
  return results.map(({ id }) => id)
}

function eventOf(source: string, i: number, keys: number): Sent {
  const key = `${source}-${i % keys}`
  const n = Math.floor(i / keys)
  return { source, id: `${key}-${n}`, key, n }
}
