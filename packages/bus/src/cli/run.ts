import { CommanderError } from 'commander'
import { reportFailure } from './failure.js'
import { quietOnClosedPipe } from './output.js'
import { createProgram } from './program.js'

/**
 * Runs one command line and answers its exit code: 0 done, 1 failed, 2 wrong use.
 * Everything a command has to say about a failure is on stderr by then.
 */
export async function run(argv: readonly string[]): Promise<number> {
  quietOnClosedPipe()
  try {
    await createProgram().parseAsync(argv.flatMap(splitAssignment))
    return Number(process.exitCode ?? 0)
  } catch (error) {
    // Commander has written its message already; what it calls 1 is wrong use.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    return reportFailure(error, argv.includes('--json'))
  }
}

/** `--sinc=10m` as two words: commander suggests the nearest option for a bare name only. */
function splitAssignment(word: string): string[] {
  const match = /^(--[a-z][a-z-]*)=(.*)$/s.exec(word)
  return match === null ? [word] : [match[1]!, match[2]!]
}
