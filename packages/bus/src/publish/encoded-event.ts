import type { LogEvent } from '../event.js'

/** Bodies lie in blocks of this size. An event that waits keeps the whole of its block. */
const blockBytes = 64 * 1024

let block = Buffer.alloc(0)
let used = 0

/**
 * An event on its way into the log. Its body lies outside of the garbage-collected heap: it waits for the disk just
 * long enough to be copied twice by the collector, and then to become garbage of the costly kind; that took more time than
 * storing it. Reading `body` makes a new text each time, so whoever needs it more than once keeps it.
 */
export class EncodedEvent implements LogEvent {
  readonly id: string
  readonly source: string
  readonly key: string | null
  readonly received: number
  readonly #block: Buffer
  readonly #start: number
  readonly #end: number
  /** One byte a character: not only half the work to read, all events in English are of this kind. */
  readonly #isAscii: boolean

  /** @param head The body up to the payload; behind the payload there is nothing but the closing brace. */
  constructor(of: Pick<LogEvent, 'id' | 'source' | 'key' | 'received'>, head: string, payload: string) {
    this.id = of.id
    this.source = of.source
    this.key = of.key
    this.received = of.received
    const headBytes = Buffer.byteLength(head)
    const payloadBytes = Buffer.byteLength(payload)
    const bytes = headBytes + payloadBytes + 1
    if (bytes > block.length - used) makeRoom(bytes)
    this.#block = block
    this.#start = used
    this.#isAscii = bytes === head.length + payload.length + 1
    if (this.#isAscii) {
      block.write(head, used, 'latin1')
      block.write(payload, used + headBytes, 'latin1')
    } else {
      block.write(head, used, 'utf8')
      block.write(payload, used + headBytes, 'utf8')
    }
    used += bytes
    block[used - 1] = closeBrace
    this.#end = used
  }

  get body(): string {
    return this.#block.toString(this.#isAscii ? 'latin1' : 'utf8', this.#start, this.#end)
  }

  get bodyBytes(): number {
    return this.#end - this.#start
  }
}

const closeBrace = 0x7d

function makeRoom(bytes: number): void {
  block = Buffer.allocUnsafeSlow(Math.max(bytes, blockBytes))
  used = 0
}
