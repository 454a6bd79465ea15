import { follow, type Plain, parsePlain } from '../../mapping/path.js'

type Captured = Readonly<Record<string, string | number | boolean>>

const maxCaptures = 20
const maxTextCharacters = 500

/** Takes values out of a system's answer: the id that it gave to our record. */
export class Capture {
  readonly #paths: readonly (readonly [name: string, path: Extract<Plain, { readonly steps: unknown }>])[]

  constructor(paths: Capture['paths']) {
    this.#paths = paths
  }

  get paths(): readonly (readonly [name: string, path: Extract<Plain, { readonly steps: unknown }>])[] {
    return this.#paths
  }

  /**
   * What the answer holds at the paths: texts of at most 500 characters, numbers, true and false. What is missing, or
   * is something else, is left out. Null when the answer is no JSON, or no whole one.
   */
  from(contentType: string | undefined, body: string): Captured | null {
    if (contentType !== undefined && !/^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType)) return null
    let answer: unknown
    try {
      answer = JSON.parse(body)
    } catch {
      return null
    }
    const captured: Record<string, string | number | boolean> = {}
    for (const [name, { steps }] of this.#paths) {
      const value = found(steps, answer)
      if (typeof value === 'number' || typeof value === 'boolean') captured[name] = value
      if (typeof value === 'string' && value.length <= maxTextCharacters) captured[name] = value
    }
    return captured
  }
}

/** Reads `capture`: names and paths. Faults go to `fault`. */
export function readCapture(value: unknown, fault: (key: string, message: string) => void): Capture | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0) {
    fault('capture', "write names and paths into the answer, such as capture: { schedulingId: 'id' }")
    return undefined
  }
  const entries = Object.entries(value)
  if (entries.length > maxCaptures) fault('capture', `an answer is asked for at most ${maxCaptures} values`)
  return new Capture(
    entries.flatMap(([name, text]) => {
      const path = readPath(name, text, fault)
      return path === undefined ? [] : [[name, path] as const]
    }),
  )
}

function readPath(name: string, text: unknown, fault: (key: string, message: string) => void) {
  const key = `capture/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) {
    fault(key, 'a captured value’s name has 1 to 64 letters, digits and "_", and begins with a letter or "_"')
    return undefined
  }
  try {
    const path = typeof text === 'string' ? parsePlain(text) : undefined
    if (path !== undefined && 'steps' in path && path.from === 'payload' && path.steps.length > 0) return path
    fault(key, 'write a path into the answer, such as id or data.items[0].id')
  } catch (error) {
    fault(key, (error as Error).message)
  }
  return undefined
}

function found(steps: Parameters<typeof follow>[0], answer: unknown): unknown {
  try {
    return follow(steps, answer)
  } catch {
    // It leads into a list: nothing is there.
    return undefined
  }
}
