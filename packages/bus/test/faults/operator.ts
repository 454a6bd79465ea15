import type { DeadLetterChange, DeadLetterDetail, DeadLetterInfo, DeadLetterState } from '@hms-sync/client'
import { between, type Random } from './random.js'

/** What an operator does with one dead letter: mends its payload and sends it again, sends it again as it is, or lets it go. */
type Repair = 'mend' | 'redrive' | 'skip'

/** Somebody who looks at the dead letters without end and mends them, over HTTP, whatever happens to the bus meanwhile. */
export class Operator {
  /** Group and event of each letter that was perhaps let go: noted before it is asked for. */
  readonly letGo = new Set<string>()
  /** Answers that should not have come. */
  readonly faults: string[] = []
  /** Letters that the bus said it would send again or let go. */
  readonly repaired = { mend: 0, redrive: 0, skip: 0 }
  readonly #url: string
  readonly #random: Random
  #mendsAll = false
  #over = false
  #running: Promise<void> = Promise.resolve()

  constructor(url: string, random: Random) {
    this.#url = url
    this.#random = random
  }

  /** From now on everything is mended. */
  mendAll(): void {
    this.#mendsAll = true
  }

  start(): void {
    this.#over = false
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#over = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      await this.#lookOnce().catch((error: unknown) => {
        // The bus is dead, or dies within an answer.
        if (!(error instanceof TypeError)) this.faults.push(String(error))
      })
      await new Promise((resolve) => setTimeout(resolve, between(this.#random, 5, 60)))
    }
  }

  async #lookOnce(): Promise<void> {
    const letters = await deadLetters(this.#url, { state: 'open' }, 200)
    const chosen = letters.map((letter) => [letter, this.#choose()] as const)
    for (const [letter, repair] of chosen) if (repair === 'mend') await this.#mend(letter)
    for (const [letter, repair] of chosen) if (repair === 'skip') this.letGo.add(`${letter.group} ${letter.event}`)
    await this.#change('skip', chosen, ['skip'])
    await this.#change('redrive', chosen, ['mend', 'redrive'])
  }

  #choose(): Repair {
    const dice = this.#random()
    if (this.#mendsAll || dice < 0.7) return 'mend'
    return dice < 0.85 ? 'redrive' : 'skip'
  }

  async #mend({ id, key, event }: DeadLetterInfo): Promise<void> {
    const n = Number(event.slice(event.lastIndexOf('-') + 1))
    const status = await send(this.#url, 'PATCH', `/v1/dead-letters/${id}`, { payload: { key, n, mended: true } })
    // A newer event of its key was applied meanwhile.
    if (!status.ok && status.code !== 'change_refused') this.faults.push(`mending ${event} was answered ${status.code}`)
  }

  async #change(
    verb: 'redrive' | 'skip',
    chosen: readonly (readonly [DeadLetterInfo, Repair])[],
    repairs: readonly Repair[],
  ): Promise<void> {
    const wanted = chosen.filter(([, repair]) => repairs.includes(repair))
    if (wanted.length === 0) return
    const { ok, code, body } = await send(this.#url, 'POST', `/v1/dead-letters/${verb}`, { ids: wanted.map(([{ id }]) => id) })
    if (!ok) return void this.faults.push(`${verb} was answered ${code}`)
    const { items } = body as { readonly items: readonly DeadLetterChange[] }
    const changed = new Set(items.filter((item) => item.ok).map(({ id }) => id))
    for (const [{ id }, repair] of wanted) if (changed.has(id)) this.repaired[repair]++
  }
}

/** The dead letters that fit, the newest first. */
export async function deadLetters(
  url: string,
  filter: { readonly state?: DeadLetterState; readonly group?: string } = {},
  most = Number.POSITIVE_INFINITY,
): Promise<readonly DeadLetterInfo[]> {
  const found: DeadLetterInfo[] = []
  for (let after: string | undefined; found.length < most; ) {
    const query = new URLSearchParams({ ...filter, limit: String(Math.min(most, 1_000)), ...(after === undefined ? {} : { after }) })
    const response = await fetch(`${url}/v1/dead-letters?${query}`)
    if (!response.ok) throw new Error(`Dead letters were answered ${response.status}: ${await response.text()}`)
    const page = (await response.json()) as { readonly items: readonly DeadLetterInfo[]; readonly next?: string }
    found.push(...page.items)
    if (page.next === undefined) break
    after = page.next
  }
  return found
}

export async function deadLetter(url: string, id: string): Promise<DeadLetterDetail> {
  return (await (await fetch(`${url}/v1/dead-letters/${id}`)).json()) as DeadLetterDetail
}

/** One request of an operator. Rejects with a TypeError when there is no answer. */
export async function send(
  url: string,
  method: 'POST' | 'PATCH',
  path: string,
  body: object = {},
): Promise<{ readonly ok: boolean; readonly code: string; readonly body: unknown }> {
  const response = await fetch(`${url}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await response.text()
  const answer = (text === '' ? {} : JSON.parse(text)) as { readonly code?: string }
  return { ok: response.ok, code: answer.code ?? String(response.status), body: answer }
}
