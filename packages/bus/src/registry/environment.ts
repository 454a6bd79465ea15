import { parseEnv } from 'node:util'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The real environment over the folder's `.env`. It holds secrets, so its values are private: it prints, logs and
 * serialises as nothing.
 */
export class Environment {
  readonly #real: Variables
  readonly #file: ReadonlyMap<string, { readonly value: string; readonly line: number }>

  constructor(real: Variables, envFileText = '') {
    this.#real = real
    this.#file = new Map(
      Object.entries(parseEnv(envFileText)).map(([name, value]) => [name, { value: value ?? '', line: lineOf(name, envFileText) }]),
    )
  }

  /** The real environment wins; an empty value counts as absent. */
  get(name: string): string | undefined {
    return this.#real[name] || this.#file.get(name)?.value || undefined
  }

  /** The `.env` line that gives the value, or null when it comes from the real environment or is absent. */
  lineInFile(name: string): number | null {
    return this.#real[name] ? null : (this.#file.get(name)?.line ?? null)
  }

  /** Every variable, for the process or worker that runs an adapter. Never for a log or an answer. */
  all(): Record<string, string> {
    const all: Record<string, string> = {}
    for (const [name, { value }] of this.#file) all[name] = value
    for (const [name, value] of Object.entries(this.#real)) if (value !== undefined) all[name] = value || (all[name] ?? value)
    return all
  }
}

function lineOf(name: string, text: string): number {
  const found = text.split('\n').findIndex(
    (line) =>
      line
        .replace(/^\s*(?:export\s+)?/, '')
        .split('=')[0]
        ?.trim() === name,
  )
  return found + 1
}
