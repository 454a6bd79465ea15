import { email } from '#dist/sinks/email/email.js'
import { badText, type SinkHarness, type SinkValue } from '#dist/testing/index.js'
import type { Sink } from '../../src/sink.js'
import { type MailMood, MailServer } from './mail-server.js'

const auth = { user: 'city', pass: 'pass:word/8d1c' }
const noDisk = { impossible: 'a mail server hides what it writes to' }

/** The e-mail sink at a real mail server. */
export class EmailHarness implements SinkHarness {
  readonly refusesBadText = true
  readonly secrets = [auth.pass, Buffer.from(auth.pass).toString('base64')]
  #server: MailServer | undefined

  readonly troubles: SinkHarness['troubles'] = {
    asks_to_wait: { impossible: 'SMTP has no word for it' },
    overloaded: this.#turn('closing'),
    refuses_connections: () => this.server.stop(),
    refuses_credentials: this.#turn('wrong_credentials'),
    fails_once: this.#turn('fails_once'),
    resets_before: this.#turn('resets_before'),
    applies_then_resets: this.#turn('takes_then_resets'),
    applies_then_hangs: this.#turn('takes_then_hangs'),
    hangs: this.#turn('hangs'),
    slow: this.#turn('slow'),
    truncates: this.#turn('half_answer'),
    wrong_type: this.#turn('strange_answer'),
    babbles: this.#turn('babbles'),
    locked: noDisk,
    full: this.#turn('no_room'),
    gone: noDisk,
  }

  get server(): MailServer {
    if (this.#server === undefined) throw new Error('not open')
    return this.#server
  }

  async open(): Promise<Sink> {
    this.#server = await MailServer.start(auth)
    this.#server.answerMail = ({ body }) => (body.includes(badText) ? '554 5.6.0 such a mail is not taken' : undefined)
    return this.reopen()
  }

  async reopen(): Promise<Sink> {
    process.env.EMAIL_HARNESS_URL = `smtp://${auth.user}:${encodeURIComponent(auth.pass)}@127.0.0.1:${this.server.port}`
    return email({
      url: 'env:EMAIL_HARNESS_URL',
      from: 'City <no-reply@city.gov>',
      to: 'clinic@city.gov',
      subject: 'Permit {{key}}',
      text: '{{$}}',
      timeoutMs: 1_500,
    })
  }

  async effects(): Promise<readonly SinkValue[]> {
    return this.server.mails.map(({ body, headers, to }) => {
      if (to.length !== 1 || headers.some((line) => /^(bcc|cc):/i.test(line)))
        throw new Error(`a text became a header: ${headers.join('\n')}`)
      return JSON.parse(body) as SinkValue
    })
  }

  async mend(): Promise<void> {
    if (!this.server.runs) await this.server.resume()
    this.server.mood = undefined
  }

  async dispose(): Promise<void> {
    await this.#server?.stop().catch(() => {})
  }

  #turn(mood: MailMood): () => void {
    return () => {
      this.server.mood = mood
    }
  }
}
