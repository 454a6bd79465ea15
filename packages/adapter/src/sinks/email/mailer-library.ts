import type { Socket } from 'node:net'
import { SyncError } from '@hms-sync/client'

/** What this sink uses of nodemailer. */
export interface MailerLibrary {
  createTransport(options: TransportOptions): MailTransport
}

export interface TransportOptions {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly requireTLS: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  readonly socketTimeout: number
  readonly disableFileAccess: true
  readonly disableUrlAccess: true
  getSocket(options: unknown, callback: (error: Error | null, options?: { readonly connection: Socket }) => void): void
}

export interface MailTransport {
  sendMail(mail: Mail & { readonly signal: AbortSignal }): Promise<Sent>
  close(): void
}

export interface Mail {
  readonly from: string
  readonly to: string
  readonly cc?: string
  readonly bcc?: string
  readonly replyTo?: string
  readonly subject: string
  readonly text?: string
  readonly html?: string
  readonly messageId: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Sent {
  readonly response?: string
  readonly rejected?: readonly unknown[]
}

/** The exact version is the one that this sink is tested with. */
const install = 'npm install nodemailer@10.6.0'

/** @throws SyncError `invalid_config` that says what to install. */
export async function loadMailer(): Promise<MailerLibrary> {
  // A variable, so that this package builds and installs without the library.
  const name = 'nodemailer'
  try {
    const { default: library, ...named } = (await import(name)) as MailerLibrary & { readonly default?: MailerLibrary }
    return library ?? named
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new SyncError('invalid_config', `The e-mail sink needs nodemailer: ${install}`)
  }
}
