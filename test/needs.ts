import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'

/** Something outside the repository that a suite cannot do without. */
export interface Need {
  /** Where it was found; null when it is not there. */
  readonly path: string | null
  /** What is missing, what it is for and how to get it. */
  readonly reason: string
  /** A server's program: where `HMS_SYNC_REQUIRE_SERVERS=1` its absence is a failure. */
  readonly required: boolean
}

/**
 * Declares a suite that needs something from outside. Without it the suite is one test, skipped with the reason;
 * where servers are required (`HMS_SYNC_REQUIRE_SERVERS=1`, as in CI) and it is a server's program, that test fails.
 */
export function describeWith(need: Need, title: string, body: (path: string) => void): void {
  const { path, reason } = need
  describe(title, () => {
    if (path !== null) {
      body(path)
      return
    }
    it('has what it needs', ({ skip }) => {
      if (need.required && process.env.HMS_SYNC_REQUIRE_SERVERS === '1') throw new Error(reason)
      skip(reason)
    })
  })
}

/** A server's program, looked for at the places given, then on the PATH. `from` is the Debian package that has it. */
export function program(name: string, options: { readonly from: string; readonly at?: readonly string[] }): Need {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const path = [...(options.at ?? []), `/usr/sbin/${name}`, ...onPath].find(isExecutable) ?? null
  return { path, reason: `${name} is not installed (apt-get install ${options.from}).`, required: true }
}

/** A file that lies beside the repository on some machines only. */
export function file(path: string, what: string): Need {
  return { path: existsSync(path) ? path : null, reason: `${what} is not there (${path}).`, required: false }
}

/** Anything else: `reason` is null when it is there. */
export function condition(reason: string | null): Need {
  return { path: reason === null ? '' : null, reason: reason ?? '', required: false }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
