import type { Json } from '@hms-sync/client'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { email } from '#dist/sinks/email/email.js'
import { mailVerdict } from '#dist/sinks/email/smtp-answers.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'
import type { EmailOptions } from '../../src/sinks/email/email-options.js'
import { eventOf } from '../test-target.js'
import { MailServer } from './mail-server.js'

const never = new AbortController().signal
let server: MailServer
let sink: Sink

beforeEach(async () => {
  server = await MailServer.start()
})
afterEach(async () => {
  await sink?.close()
  await server.stop()
})

const permit = { permitId: 7, inspector: { name: 'Kim O’Hara', email: 'kim@city.gov' }, note: '<b>3 < 4 & "x"</b>' }

async function send(options: Partial<EmailOptions> = {}, value: Json = permit): Promise<SinkOutcome> {
  sink = email({
    url: `smtp://127.0.0.1:${server.port}`,
    from: 'City <no-reply@city.gov>',
    to: '{{inspector.name}} <{{inspector.email}}>',
    subject: 'Permit {{permitId}}',
    text: 'Permit {{permitId}} was approved. {{note}}',
    timeoutMs: 2_000,
    ...options,
  })
  const [outcome] = await sink.apply([delivery(value)], never)
  return outcome!
}

function delivery(value: Json): SinkDelivery {
  return { event: eventOf(value), value, attempt: 1, idempotencyKey: 'abc_123' }
}

const header = (name: string): string | undefined =>
  server.mails[0]?.headers.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2)

it('sends a mail with the values in its places, and says what the server answered', async () => {
  expect(await send({ cc: ['a@city.gov', 'b@city.gov'], bcc: 'c@city.gov', replyTo: 'desk@city.gov' })).toMatchObject({
    outcome: 'done',
    status: 250,
    detail: { request: expect.stringMatching(/^MAIL smtp:\/\/127\.0\.0\.1:\d+ to Kim O’Hara <kim@city.gov>$/), answer: /^250/ },
  })
  expect(server.mails).toHaveLength(1)
  expect(server.mails[0]).toMatchObject({ from: 'no-reply@city.gov', to: ['kim@city.gov', 'a@city.gov', 'b@city.gov', 'c@city.gov'] })
  expect(server.mails[0]!.body).toContain('Permit 7 was approved. <b>3 < 4 & "x"</b>')
  expect(header('subject')).toBe('Permit 7')
  expect(header('reply-to')).toBe('desk@city.gov')
  expect(header('auto-submitted')).toBe('auto-generated')
  expect(header('bcc')).toBeUndefined()
})

it('has the same Message-ID at every try', async () => {
  await send()
  await sink.apply([{ ...delivery(permit), attempt: 2 }], never)
  const ids = server.mails.map(({ headers }) => headers.find((line) => /^message-id/i.test(line)))
  expect(ids).toEqual(['Message-ID: <abc_123@city.gov>', 'Message-ID: <abc_123@city.gov>'])
})

it('writes values into HTML as text', async () => {
  await send({ text: 'as HTML', html: '<p title="{{note}}">{{note}}</p>' }, { ...permit, note: "\"><script>alert('1')</script>&" })
  expect(server.mails[0]!.source).toContain('<p title=3D"&quot;&gt;&lt;script&gt;')
  expect(server.mails[0]!.source).not.toContain('<script>')
})

it('lets no value add a header or a recipient', async () => {
  await send({ subject: '{{note}}' }, { ...permit, note: 'x\r\nBcc: mallory@example.org\r\n\r\nbody' })
  expect(header('subject')).toBe('x Bcc: mallory@example.org body')
  expect(server.mails[0]!.to).toEqual(['kim@city.gov'])
})

it.each([
  'kim@city.gov, mallory@example.org',
  'kim@city.gov>\r\nBcc: x@example.org',
  '"x" <mallory@example.org>',
  'a;b@city.gov',
  '',
  null,
])('refuses the address %j', async (address) => {
  const outcome = await send({}, { ...permit, inspector: { name: 'Kim', email: address } })
  expect(outcome).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/"inspector.email" (holds a character|is empty)/) })
  expect(server.mails).toHaveLength(0)
})

it.each([
  ['550 5.1.1 no such mailbox', { outcome: 'refused', status: 550 }],
  ['450 4.2.0 greylisted, come again', { outcome: 'retry', scope: 'event', status: 450 }],
  ['452 4.2.2 mailbox full', { outcome: 'retry', scope: 'event', status: 452 }],
  ['421 4.7.0 too many', { outcome: 'retry', scope: 'target', status: 421 }],
])('takes %j about a recipient as what it is', async (answer, expected) => {
  server.answerRecipient = () => answer
  expect(await send()).toMatchObject({ ...expected, reason: expect.stringContaining(answer.slice(10)) })
})

it('is done when one of several recipients is not taken, and says which', async () => {
  server.answerRecipient = (address) => (address === 'old@city.gov' ? '550 5.1.1 gone' : undefined)
  expect(await send({ to: ['kim@city.gov', 'old@city.gov'] })).toMatchObject({
    outcome: 'done',
    detail: { answer: expect.stringMatching(/not taken for old@city.gov/) },
  })
})

it.each([
  [{ code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' }, true, 'retry target credentials'],
  [{ code: 'ETLS', command: 'STARTTLS' }, true, 'retry target tls'],
  [{ code: 'ESOCKET', command: 'CONN' }, false, 'retry target connection'],
  [{ code: 'HMS_ADDRESS_REFUSED' }, false, 'retry target address'],
  [{ code: 'EPROTOCOL', responseCode: 554, command: 'CONN' }, true, 'retry target overloaded'],
  [{ code: 'EENVELOPE', responseCode: 530, command: 'MAIL FROM' }, true, 'retry target credentials'],
  [{ code: 'EENVELOPE', responseCode: 452, command: 'MAIL FROM' }, true, 'retry target overloaded'],
  [{ code: 'EENVELOPE', responseCode: 503, command: 'MAIL FROM' }, true, 'retry event server_error'],
  [{ code: 'EMESSAGE', responseCode: 451, command: 'DATA' }, true, 'retry event server_error'],
  [{ code: 'EMESSAGE', responseCode: 552, command: 'DATA' }, true, 'refused refused'],
  [{ code: 'EENVELOPE', command: 'API' }, true, 'refused refused'],
  [{ code: 'ETIMEDOUT', command: 'CONN' }, true, 'unknown timeout'],
  [{ code: 'ECONNECTION', command: 'CONN' }, true, 'unknown connection'],
  [{ code: 'EMESSAGE', responseCode: 299, command: 'DATA' }, true, 'unknown answer'],
])('takes the error %j as what it is', (error, connected, expected) => {
  const verdict = mailVerdict(Object.assign(new Error('x'), error), connected)
  expect([verdict.outcome, ...('scope' in verdict ? [verdict.scope] : []), verdict.errorClass].join(' ')).toBe(expected)
})

it('does not dial an address that was not opened', async () => {
  expect(await send({ url: 'smtp://10.255.0.1' })).toMatchObject({
    outcome: 'retry',
    scope: 'target',
    reason: expect.stringMatching(/10\.255\.0\.1 is a private address.*write allow/),
  })
})

it('sends no password in the clear to another machine', async () => {
  process.env.EMAIL_TEST_URL = 'smtp://user:secret-word@mail.city.gov'
  const { readEmailOptions } = await import('#dist/sinks/email/email-options.js')
  const { Collected } = await import('#dist/faults.js')
  const options = { url: 'env:EMAIL_TEST_URL', from: 'a@city.gov', to: 'b@city.gov', subject: 's', text: 't' }
  expect(readEmailOptions(options, '', new Collected())).toMatchObject({ requireTls: true, secure: false, port: 587 })
})

it('describes the mail and sends none', async () => {
  await send()
  expect(sink.describe!(delivery(permit)).split('\n')).toEqual([
    sink.target,
    'from: City <no-reply@city.gov>',
    'to: Kim O’Hara <kim@city.gov>',
    'subject: Permit 7',
    'message-id: <abc_123@city.gov>',
    'Auto-Submitted: auto-generated',
    '',
    'Permit 7 was approved. <b>3 < 4 & "x"</b>',
  ])
  expect(server.mails).toHaveLength(1)
})

it('names all faults of its options at once, and no password', () => {
  const options = {
    url: 'smtp://u:secret-word@mail.city.gov',
    from: 'a{{b',
    to: 'x {{1 +}}',
    subject: 'a\nb',
    concurrency: 0,
    allow: ['::?'],
  }
  const attempt = (): unknown => email(options)
  expect(attempt).toThrow(
    /url: "smtp:\/\/…@mail.city.gov" holds a password[\s\S]*allow: "::\?" is none of these[\s\S]*text: write what the mails say[\s\S]*to: .*is not a path[\s\S]*subject: this goes into one line[\s\S]*concurrency: /,
  )
  expect(attempt).not.toThrow(/secret-word/)
  expect(() => email({ url: 'http://x', from: 'a', to: 'b', subject: 's', text: 't' })).toThrow(/"http:\/\/x" is no mail server/)
})
