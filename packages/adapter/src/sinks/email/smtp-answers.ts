import type { ErrorClass } from '@hms-sync/client'
import type { SinkOutcome } from '../../sink.js'

/** What nodemailer tells of a mail that was not taken. `command`: what was answered, `CONN` for the greeting. */
export interface MailError extends Error {
  readonly code?: string
  readonly responseCode?: number
  readonly response?: string
  readonly command?: string
}

export type MailVerdict =
  | { readonly outcome: 'retry'; readonly scope: 'target' | 'event'; readonly errorClass: ErrorClass }
  | { readonly outcome: 'refused' | 'unknown'; readonly errorClass: ErrorClass }

/**
 * What an error says about one mail (RFC 5321 §4.2: 4xx may pass, 5xx will not). `connected`: there was a connection, so
 * without an answer the mail may have been taken.
 */
export function mailVerdict({ code = '', responseCode, command = '' }: MailError, connected: boolean): MailVerdict {
  if (code === 'HMS_ADDRESS_REFUSED') return target('address')
  if (!connected) return target(code === 'ETLS' ? 'tls' : 'connection')
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2') return target('credentials')
  if (code === 'ETLS') return target('tls')
  if (responseCode === undefined) return withoutAnswer(code, command)
  // Credentials, or encryption that is asked for before them.
  if ([530, 534, 535, 538].includes(responseCode)) return target('credentials')
  // The whole server, whatever was asked: closing, or not there for us.
  if (responseCode === 421 || ['CONN', 'EHLO', 'HELO', 'STARTTLS'].includes(command)) return target('overloaded')
  // Out of room; of one recipient's mailbox it is said behind RCPT.
  if (responseCode === 452 && command !== 'RCPT TO') return target('overloaded')
  if (responseCode >= 500 && responseCode !== 503) return { outcome: 'refused', errorClass: 'refused' }
  if (responseCode >= 400) return { outcome: 'retry', scope: 'event', errorClass: 'server_error' }
  return { outcome: 'unknown', errorClass: 'answer' }
}

function withoutAnswer(code: string, command: string): MailVerdict {
  // Found faulty here, before anything of it was sent.
  if (command === 'API' && ['EENVELOPE', 'EMESSAGE', 'ECONFIG'].includes(code)) return { outcome: 'refused', errorClass: 'refused' }
  if (code === 'EMESSAGE') return { outcome: 'refused', errorClass: 'refused' }
  return { outcome: 'unknown', errorClass: code === 'ETIMEDOUT' || code === 'EABORT' ? 'timeout' : 'connection' }
}

function target(errorClass: ErrorClass): MailVerdict {
  return { outcome: 'retry', scope: 'target', errorClass }
}

/** The verdict as an outcome. `reason` and `answer` are printable and hold no secret. */
export function mailOutcome(
  verdict: MailVerdict,
  {
    reason,
    answer,
    status,
    request,
  }: { readonly reason: string; readonly answer: string; readonly status?: number; readonly request: string },
): SinkOutcome {
  const detail = { request, errorClass: verdict.errorClass, ...(answer === '' ? {} : { answer }) }
  const known = status === undefined ? {} : { status }
  if (verdict.outcome === 'retry') return { outcome: 'retry', scope: verdict.scope, reason, ...known, detail }
  if (verdict.outcome === 'unknown') return { outcome: 'unknown', reason: `${reason}; it may have been sent`, ...known, detail }
  return { outcome: 'refused', reason, ...known, detail }
}
