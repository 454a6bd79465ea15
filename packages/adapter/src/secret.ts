import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const maxSecretBytes = 64 * 1024
const minRedactedLength = 6

/**
 * Resolves `env:NAME` and `file:PATH` once, when an adapter is loaded, and remembers what must never be shown.
 * Paths are relative to the project folder (`HMS_SYNC_FOLDER`, which the bus sets for its workers, else the current folder).
 */
export class Secrets {
  readonly #shown: string[] = []

  /**
   * The text itself, or what its reference holds, `Bearer env:NAME` included.
   * @throws Error that names the variable or the file, never what it holds.
   */
  resolve(text: string): string {
    const match = /^([A-Za-z][A-Za-z0-9_-]* )?(env|file):(.+)$/s.exec(text)
    if (match === null) return text
    const secret = match[2] === 'env' ? fromEnvironment(match[3]!) : fromFile(match[3]!)
    this.remember(secret)
    return `${match[1] ?? ''}${secret}`
  }

  /** Keeps a text out of everything that `redact` sees. Shorter ones than 6 characters would blank ordinary words. */
  remember(secret: string): void {
    if (secret.length >= minRedactedLength) this.#shown.push(secret)
  }

  /** The text with `***` where it repeats a secret, as an external system's answer may. */
  redact(text: string): string {
    return this.#shown.reduce((clean, secret) => clean.replaceAll(secret, '***'), text)
  }
}

/** Is this a reference rather than the value itself? */
export function isSecretReference(text: string): boolean {
  return /^(?:[A-Za-z][A-Za-z0-9_-]* )?(?:env|file):/.test(text)
}

function fromEnvironment(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '')
    throw new Error(`the environment variable ${name} is not set; set it, or put a line ${name}=… into the project's .env`)
  return value.trim()
}

function fromFile(path: string): string {
  const full = resolve(process.env.HMS_SYNC_FOLDER ?? '.', path)
  let text: string
  try {
    text = readFileSync(full, 'utf8')
  } catch (error) {
    throw new Error(`${full} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`)
  }
  if (text.length > maxSecretBytes) throw new Error(`${full} is larger than ${maxSecretBytes} bytes: that is no secret`)
  return text.trim()
}
