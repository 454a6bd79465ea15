import { AddressRefused } from '../../outbound-guard.js'
import { printable } from '../../printable.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../sink.js'
import type { EmailSettings } from './email-options.js'
import { loadMailer, type Mail, type MailTransport, type TransportOptions } from './mailer-library.js'
import { type MailError, mailOutcome, mailVerdict } from './smtp-answers.js'
import { Unfit } from './template.js'

/** A connection must stand, and be greeted, within this time. */
const maxConnectMs = 10_000
const maxReasonCharacters = 1_000
const maxAnswerCharacters = 1_000
const maxRequestCharacters = 500

/** One mail an event, on a connection of its own. SMTP knows no repeats: what is sent again arrives again, with the same Message-ID. */
export class EmailSink implements Sink {
  readonly kind = 'email'
  readonly target: string
  readonly effect = 'at_least_once'
  readonly maxBatch = 1
  readonly concurrency: number
  readonly timeoutMs: number
  readonly #settings: EmailSettings
  readonly #stop = new AbortController()

  constructor(settings: EmailSettings) {
    const { host, port, secure } = settings
    this.target = `${secure ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    this.concurrency = settings.concurrency
    this.timeoutMs = settings.timeoutMs
    this.#settings = settings
  }

  async apply(deliveries: readonly SinkDelivery[], signal: AbortSignal): Promise<readonly SinkOutcome[]> {
    const outcomes: SinkOutcome[] = []
    for (const delivery of deliveries) outcomes.push(await this.#applyOne(delivery, signal))
    return outcomes
  }

  describe(delivery: SinkDelivery): string {
    const { text, html, headers, messageId, ...head } = this.#mail(delivery)
    const lines = Object.entries({ ...head, 'message-id': messageId, ...headers }).map(([name, value]) => `${name}: ${value}`)
    return this.#settings.secrets.redact(
      [this.target, ...lines, ...[text, html].flatMap((body) => (body === undefined ? [] : ['', body]))].join('\n'),
    )
  }

  async close(): Promise<void> {
    this.#stop.abort()
  }

  async #applyOne(delivery: SinkDelivery, signal: AbortSignal): Promise<SinkOutcome> {
    let mail: Mail
    try {
      mail = this.#mail(delivery)
    } catch (error) {
      return { outcome: 'refused', reason: this.#says((error as Error).message), detail: { errorClass: 'mapping' } }
    }
    const request = printable(`MAIL ${this.target} to ${mail.to}`, maxRequestCharacters)
    const attempt = { connected: false }
    try {
      const { response = '', rejected = [] } = await this.#send(mail, attempt, signal)
      const answer = rejected.length === 0 ? response : `${response}; not taken for ${rejected.map(String).join(', ')}`
      return { outcome: 'done', status: Number(/^\d{3}/.exec(response)?.[0] ?? 250), detail: { request, answer: this.#shown(answer) } }
    } catch (error) {
      const failed = error as MailError
      const verdict = mailVerdict(failed, attempt.connected)
      const status = failed.responseCode
      const answer = this.#shown(failed.response ?? '')
      const reason = this.#says(`${failed.command === undefined ? '' : `${failed.command}: `}${failed.message}`)
      return mailOutcome(verdict, { reason, answer, request, ...(status === undefined ? {} : { status }) })
    }
  }

  async #send(mail: Mail, attempt: { connected: boolean }, signal: AbortSignal) {
    const over = new AbortController()
    const end = (): void => over.abort()
    const stops = [signal, this.#stop.signal]
    if (stops.some(({ aborted }) => aborted)) throw new Error('the adapter was stopped; nothing was sent')
    for (const stop of stops) stop.addEventListener('abort', end, { once: true })
    const timer = setTimeout(end, this.timeoutMs)
    let transport: MailTransport | undefined
    try {
      const { createTransport } = await loadMailer()
      transport = createTransport(this.#transportOptions(attempt))
      return await transport.sendMail({ ...mail, signal: over.signal })
    } finally {
      clearTimeout(timer)
      for (const stop of stops) stop.removeEventListener('abort', end)
      transport?.close()
    }
  }

  #transportOptions(attempt: { connected: boolean }): TransportOptions {
    const { host, port, secure, requireTls, auth, guard } = this.#settings
    const connectMs = Math.min(this.timeoutMs, maxConnectMs)
    const dial = guard.connector(connectMs)
    return {
      host,
      port,
      secure,
      requireTLS: requireTls,
      ...(auth === undefined ? {} : { auth }),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      socketTimeout: this.timeoutMs,
      // What a template makes is a text, never the name of a file or of a page to fetch.
      disableFileAccess: true,
      disableUrlAccess: true,
      // A connection of our own making, to an address that may be dialled; TLS is made upon it.
      getSocket: (_, callback) =>
        dial({ hostname: host, host, port: String(port), protocol: 'http:' }, (error, socket) => {
          if (error !== null || socket === null) return callback(error ?? new AddressRefused(`${host} gives no connection`))
          attempt.connected = true
          callback(null, { connection: socket })
        }),
    }
  }

  /** @throws Unfit when a value cannot stand where the template puts it. */
  #mail(delivery: SinkDelivery): Mail {
    const { from, to, subject, ...optional } = this.#settings.templates
    const sender = from(delivery)
    const rest = Object.entries(optional).map(([name, template]) => [name, template(delivery)])
    if (to(delivery).trim() === '') throw new Unfit('there is nobody to send to')
    return {
      from: sender,
      to: to(delivery),
      subject: subject(delivery),
      ...Object.fromEntries(rest),
      // The same at every try, so that a reader's program can see that it has the mail already.
      messageId: `<${delivery.idempotencyKey}@${/@([A-Za-z0-9.-]+)/.exec(sender)?.[1] ?? 'hms-sync'}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
  }

  #says(message: string): string {
    return printable(this.#settings.secrets.redact(`${this.target}: ${message}`), maxReasonCharacters)
  }

  #shown(answer: string): string {
    return printable(this.#settings.secrets.redact(answer), maxAnswerCharacters - 1)
  }
}
