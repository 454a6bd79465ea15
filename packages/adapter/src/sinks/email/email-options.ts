import type { Collected } from '../../faults.js'
import { allowFault, OutboundGuard } from '../../outbound-guard.js'
import { isSecretReference, type Secrets } from '../../secret.js'
import { OptionReader, type Options } from '../option-reader.js'
import { compileTemplate, type Template, type TemplatePlace } from './template.js'

/** Which server, and what the mails are like. Texts have holes: `{{inspector.name}}` is a field of what the mapping made. */
export interface EmailOptions {
  /** `smtp://…` (STARTTLS where it is offered, and always before credentials) or `smtps://…`; `env:NAME` holds one with name and password. */
  readonly url: string
  readonly from: string
  /** One address or several, each with a name in front if you like: `Clinic <{{clinic.email}}>`. */
  readonly to: string | readonly string[]
  readonly cc?: string | readonly string[]
  readonly bcc?: string | readonly string[]
  readonly replyTo?: string
  readonly subject: string
  /** At least one of text and html. */
  readonly text?: string
  /** Values enter it as text, never as markup. */
  readonly html?: string
  /** Mails at once, each on a connection of its own. Default 5; 1 to 50. */
  readonly concurrency?: number
  /** One mail, from connecting to the answer. Default 30,000; 100 to 120,000. */
  readonly timeoutMs?: number
  /** Private addresses that this sink may dial: addresses, CIDR ranges, host names. */
  readonly allow?: readonly string[]
}

export interface MailTemplates {
  readonly from: Template
  readonly to: Template
  readonly cc?: Template
  readonly bcc?: Template
  readonly replyTo?: Template
  readonly subject: Template
  readonly text?: Template
  readonly html?: Template
}

/** Never to be logged as a whole. */
export interface EmailSettings {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly secure: boolean
  readonly requireTls: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly templates: MailTemplates
  readonly concurrency: number
  readonly timeoutMs: number
  readonly guard: OutboundGuard
  readonly secrets: Secrets
}

const keys = ['url', 'from', 'to', 'cc', 'bcc', 'replyTo', 'subject', 'text', 'html', 'concurrency', 'timeoutMs', 'allow']
const ports: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 }

/** Faults go to `collected`; undefined when there is one. */
export function readEmailOptions(options: Options, pointer: string, collected: Collected): EmailSettings | undefined {
  const before = collected.faults.length
  const read = new OptionReader(options, pointer, collected)
  read.expectKeys(keys)
  const server = readServer(read)
  const allow = read.get('allow') === undefined ? [] : read.names('allow', "a list, such as allow: ['10.1.2.0/24']")
  for (const entry of allow) {
    const fault = allowFault(entry)
    if (fault !== null) read.fault('allow', fault)
  }
  const settings = {
    templates: readTemplates(read),
    concurrency: read.whole('concurrency', [1, 50, 5]),
    timeoutMs: read.whole('timeoutMs', [100, 120_000, 30_000]),
    guard: new OutboundGuard(server?.host ?? '', allow),
    secrets: read.secrets,
  }
  return collected.faults.length > before || server === undefined ? undefined : { ...server, ...settings }
}

function readServer(read: OptionReader): Pick<EmailSettings, 'host' | 'port' | 'secure' | 'requireTls' | 'auth'> | undefined {
  const written = read.text('url', "the mail server, such as url: 'smtp://mail.city.gov', or 'env:NAME'")
  const text = written === '' ? undefined : read.secret('url', written)
  if (text === undefined) return undefined
  const shown = isSecretReference(written) ? `what ${written} holds` : `"${written.replace(/\/\/[^/]*@/, '//…@').slice(0, 100)}"`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || ports[url.protocol] === undefined || url.hostname === '') {
    read.fault('url', `${shown} is no mail server; write one such as smtp://mail.city.gov:587 or smtps://mail.city.gov`)
    return undefined
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'smtps:'
  const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  if (pass !== '') {
    for (const secret of [
      pass,
      url.password,
      Buffer.from(pass).toString('base64'),
      Buffer.from(`\u0000${user}\u0000${pass}`).toString('base64'),
    ])
      read.secrets.remember(secret)
    if (!isSecretReference(written))
      read.fault('url', `${shown} holds a password; put the whole URL into .env and write url: 'env:SMTP_URL'`)
  }
  const local = host === 'localhost' || host === '::1' || host.startsWith('127.')
  const port = url.port === '' ? ports[url.protocol]! : Number(url.port)
  // A password never goes over a network in the clear.
  return { host, port, secure, requireTls: !secure && user !== '' && !local, ...(user === '' ? {} : { auth: { user, pass } }) }
}

function readTemplates(read: OptionReader): MailTemplates {
  const one = (key: string, place: TemplatePlace, example: string): Template =>
    compiled(read, key, { text: read.text(key, example), place })
  const optional = (key: string, place: TemplatePlace): Template | undefined => {
    const text = read.optionalText(key, 'a text')
    return text === undefined ? undefined : compiled(read, key, { text, place })
  }
  const addresses = (key: string): Template | undefined => {
    if (read.get(key) === undefined) return undefined
    return compiled(read, key, { text: read.names(key, `addresses, such as ${key}: 'clinic@city.gov'`).join(', '), place: 'address' })
  }
  if (read.get('to') === undefined) read.fault('to', "write who gets the mails, such as to: 'clinic@city.gov' or to: '{{clinic.email}}'")
  if (read.get('text') === undefined && read.get('html') === undefined)
    read.fault('text', "write what the mails say, such as text: 'Permit {{permitId}} was approved.', or html")
  const parts = {
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    replyTo: optional('replyTo', 'address'),
    text: optional('text', 'text'),
    html: optional('html', 'html'),
  }
  return {
    from: one('from', 'address', "who the mails are from, such as from: 'City <no-reply@city.gov>'"),
    to: addresses('to') ?? (() => ''),
    subject: one('subject', 'header', "a subject, such as subject: 'Permit {{permitId}}'"),
    ...Object.fromEntries(Object.entries(parts).filter(([, template]) => template !== undefined)),
  }
}

function compiled(read: OptionReader, key: string, { text, place }: { readonly text: string; readonly place: TemplatePlace }): Template {
  try {
    if (place !== 'text' && place !== 'html' && /[\r\n]/.test(text))
      throw new SyntaxError('this goes into one line of the mail’s head; leave line breaks out')
    return compileTemplate(text, place)
  } catch (error) {
    read.fault(key, (error as Error).message)
    return () => ''
  }
}
