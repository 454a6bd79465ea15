import { resolve } from 'node:path'
import { parseDuration } from '@hms-sync/client'
import { type Collected, unknownKey } from '../faults.js'
import { Secrets } from '../secret.js'

export type Options = Readonly<Record<string, unknown>>

/** Reads the options of one sink, each at its place; every fault goes to `collected`. */
export class OptionReader {
  readonly secrets = new Secrets()
  readonly #options: Options
  readonly #pointer: string
  readonly #collected: Collected

  constructor(options: Options, pointer: string, collected: Collected) {
    this.#options = options
    this.#pointer = pointer
    this.#collected = collected
  }

  get(key: string): unknown {
    return this.#options[key]
  }

  at(key: string): string {
    return `${this.#pointer}/${key}`
  }

  fault(key: string, message: string): void {
    this.#collected.add(this.at(key), message)
  }

  /** A fault for every key that is not among these. */
  expectKeys(known: readonly string[]): void {
    for (const key of Object.keys(this.#options))
      if (!known.includes(key)) this.fault(key.replaceAll('~', '~0').replaceAll('/', '~1'), unknownKey(key, known))
  }

  /** A text that must be there. */
  text(key: string, example: string): string {
    const value = this.get(key)
    if (typeof value === 'string' && value.trim() !== '') return value
    this.fault(key, `write ${example}`)
    return ''
  }

  optionalText(key: string, example: string): string | undefined {
    return this.get(key) === undefined ? undefined : this.text(key, example)
  }

  /** A path below the project folder, or anywhere when it is absolute; `env:NAME` holds one. */
  path(key: string, example: string): string {
    const text = this.text(key, example)
    if (text === '') return ''
    const found = text.startsWith('env:') ? this.secret(key, text) : text
    return found === undefined ? '' : resolve(process.env.HMS_SYNC_FOLDER ?? '.', found)
  }

  /** The text, or what its `env:` or `file:` holds; undefined with a fault when that is not there. */
  secret(key: string, text: string): string | undefined {
    try {
      return this.secrets.resolve(text)
    } catch (error) {
      this.fault(key, (error as Error).message)
      return undefined
    }
  }

  /** One name or a list of them. */
  names(key: string, example: string): readonly string[] {
    const value = this.get(key)
    const names = typeof value === 'string' ? [value] : value
    if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string' && name !== '')) {
      if (new Set(names.map((name: string) => name.toLowerCase())).size < names.length) this.fault(key, 'a name stands here twice')
      return names as readonly string[]
    }
    this.fault(key, `write ${example}`)
    return []
  }

  whole(key: string, [least, most, byDefault]: readonly [number, number, number]): number {
    const value = this.get(key)
    if (value === undefined) return byDefault
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
    this.fault(key, `write a whole number from ${least} to ${most}`)
    return byDefault
  }

  /** A duration such as `30d`, as milliseconds. */
  duration(key: string, leastMs: number, byDefaultMs: number): number {
    const value = this.get(key)
    if (value === undefined) return byDefaultMs
    try {
      const ms = parseDuration(typeof value === 'string' ? value : '')
      if (ms >= leastMs) return ms
    } catch {
      // Told below, with the least.
    }
    this.fault(key, `write a duration of at least ${leastMs / 60_000}m, such as 1h or 30d`)
    return byDefaultMs
  }
}
