import { randomUUID } from 'node:crypto'

export interface RequestSpec {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** `%number%` becomes a number of 12 digits that counts up, `%uuid%` a random UUID: 36 characters. */
  readonly body: string
}

/** The bytes of one request, with places that change from one to the next: a request costs the generator no more than those. */
export class RequestTemplate {
  readonly bytes: Buffer
  readonly #numbers: readonly number[]
  readonly #uuids: readonly number[]

  constructor(spec: RequestSpec, host: string) {
    const body = spec.body.replaceAll('%number%', numberMark).replaceAll('%uuid%', uuidMark)
    const headers = { host, 'content-length': String(Buffer.byteLength(body)), ...spec.headers }
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    this.bytes = Buffer.from(`${spec.method} ${spec.path} HTTP/1.1\r\n${head.join('')}\r\n${body}`)
    this.#numbers = occurrences(this.bytes, numberMark)
    this.#uuids = occurrences(this.bytes, uuidMark)
  }

  /** Fills the changing places in. `next` gives the numbers. */
  fill(next: () => number): void {
    for (const at of this.#numbers) {
      let number = next() + firstNumber
      for (let i = at + numberMark.length - 1; i >= at; i--) {
        this.bytes[i] = 48 + (number % 10)
        number = Math.floor(number / 10)
      }
    }
    for (const at of this.#uuids) this.bytes.write(randomUUID(), at, 'latin1')
  }
}

/** JSON knows no leading zeros. */
const firstNumber = 100_000_000_000
const numberMark = '#%%%%%%%%%%#'
const uuidMark = '#%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%#'

function occurrences(bytes: Buffer, mark: string): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) found.push(at)
  return found
}
