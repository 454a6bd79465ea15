import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

/** A mail as the server took it. */
export interface TakenMail {
  readonly from: string
  readonly to: readonly string[]
  /** Header lines, unfolded. */
  readonly headers: readonly string[]
  /** The decoded body, or the source of the parts. */
  readonly body: string
  readonly source: string
}

/** How it misbehaves; undefined: not at all. */
export type MailMood =
  | 'closing'
  | 'wrong_credentials'
  | 'fails_once'
  | 'resets_before'
  | 'takes_then_resets'
  | 'takes_then_hangs'
  | 'hangs'
  | 'slow'
  | 'half_answer'
  | 'strange_answer'
  | 'babbles'
  | 'no_room'

const slowMs = 150

/** A real mail server on loopback that keeps what it takes. */
export class MailServer {
  readonly mails: TakenMail[] = []
  mood: MailMood | undefined
  /** What it says to a recipient, a mail: a code and a text, or nothing. */
  answerRecipient: (address: string) => string | undefined = () => undefined
  answerMail: (mail: TakenMail) => string | undefined = () => undefined
  #server: SMTPServer
  readonly #sockets = new Set<Socket>()
  #port = 0
  readonly #auth: { readonly user: string; readonly pass: string } | undefined

  private constructor(auth: { readonly user: string; readonly pass: string } | undefined) {
    this.#auth = auth
    this.#server = this.#make()
  }

  static async start(auth?: { readonly user: string; readonly pass: string }): Promise<MailServer> {
    const server = new MailServer(auth)
    await server.#listen()
    return server
  }

  get port(): number {
    return this.#port
  }

  get runs(): boolean {
    return this.#server.server.listening
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async resume(): Promise<void> {
    this.#server = this.#make()
    await this.#listen()
  }

  #listen(): Promise<void> {
    this.#server.server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
      if (this.mood === 'babbles') socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    return new Promise((resolve) => {
      const listening = this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (listening.address() as AddressInfo).port
        resolve()
      })
    })
  }

  #make(): SMTPServer {
    const server = new SMTPServer({
      disabledCommands: this.#auth === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
      allowInsecureAuth: true,
      disableReverseLookup: true,
      closeTimeout: 100,
      onConnect: (_, callback) => callback(this.mood === 'closing' ? answer('421 4.3.2 closing for today') : null),
      onAuth: ({ username, password }, _, callback) => {
        const wrong = this.mood === 'wrong_credentials' || username !== this.#auth?.user || password !== this.#auth?.pass
        if (wrong) callback(answer(`535 5.7.8 ${username} may not send with ${password}`))
        else callback(null, { user: username })
      },
      onMailFrom: (_, __, callback) => {
        if (this.mood === 'hangs') return
        callback(this.mood === 'no_room' ? answer('452 4.3.1 insufficient system storage') : null)
      },
      onRcptTo: ({ address }, _, callback) => {
        if (this.mood === 'resets_before') return this.#reset()
        const said = this.answerRecipient(address)
        callback(said === undefined ? null : answer(said))
      },
      onData: (stream, session, callback) => void this.#take(stream, session, callback),
    })
    server.on('error', () => {})
    return server
  }

  async #take(stream: SMTPServerDataStream, session: SMTPServerSession, callback: (error?: Error | null) => void): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
    const mail = read(Buffer.concat(chunks).toString('utf8'), session)
    const { mood } = this
    if (mood === 'fails_once') {
      this.mood = undefined
      return callback(answer('451 4.3.0 a fault inside'))
    }
    const said = this.answerMail(mail)
    if (said !== undefined) return callback(answer(said))
    this.mails.push(mail)
    if (mood === 'takes_then_resets') return this.#reset()
    if (mood === 'takes_then_hangs') return
    if (mood === 'half_answer') return this.#say('25')
    if (mood === 'strange_answer') return this.#say('299 as you like\r\n')
    if (mood === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs))
    callback()
  }

  #reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  #say(text: string): void {
    for (const socket of this.#sockets) socket.end(text)
  }
}

function answer(text: string): Error {
  return Object.assign(new Error(text.slice(4)), { responseCode: Number(text.slice(0, 3)) })
}

function read(source: string, { envelope }: SMTPServerSession): TakenMail {
  const end = source.indexOf('\r\n\r\n')
  const headers = source
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const encoding = /^content-transfer-encoding: (.*)$/im.exec(headers.join('\n'))?.[1]
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    headers,
    body: decode(source.slice(end + 4), encoding),
    source,
  }
}

function decode(text: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return text
  const bytes = text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
