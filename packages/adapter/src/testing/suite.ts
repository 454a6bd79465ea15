/** What a suite needs of a test runner; vitest's own `describe` and `it` fit. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: (context: { skip(note?: string): unknown }) => Promise<void>): unknown
}

/** One promise, as a sentence of behaviour. Cases are data, so that a test can run one against a planted bug and demand that it fails. */
export interface Case<Bench> {
  readonly name: string
  /** Why the promise does not apply to what is tested, or null. The reason is shown with the skipped case. */
  skip?(bench: Bench): string | null
  run(bench: Bench): Promise<void>
}

/** Something to run cases on; made anew for each. */
export interface Disposable {
  dispose(): Promise<void>
}

/** Runs one case on a bench of its own. Answers why it was skipped, or null when it held. @throws what the case found. */
export async function runCase<Bench extends Disposable>(suiteCase: Case<Bench>, makeBench: () => Promise<Bench>): Promise<string | null> {
  const bench = await makeBench()
  try {
    const reason = suiteCase.skip?.(bench) ?? null
    if (reason === null) await suiteCase.run(bench)
    return reason
  } finally {
    await bench.dispose()
  }
}

/** Registers the cases with a test runner. */
export function registerCases<Bench extends Disposable>(
  title: string,
  cases: readonly Case<Bench>[],
  makeBench: () => Promise<Bench>,
  runner: Runner = globalRunner(),
): void {
  runner.describe(title, () => {
    for (const suiteCase of cases) {
      runner.it(suiteCase.name, async (context) => {
        const reason = await runCase(suiteCase, makeBench)
        if (reason !== null) context.skip(reason)
      })
    }
  })
}

/** @throws Error when the runner has no globals: pass `{ describe, it }` then. */
function globalRunner(): Runner {
  const { describe, it } = globalThis as unknown as Partial<Runner>
  if (describe === undefined || it === undefined) throw new Error('Pass the test runner as the last argument: { describe, it }.')
  return { describe, it }
}

/** Fails when `promise` takes longer than `patienceMs`: a promise that never settles is a fault with a name, not a test that hangs. */
export async function within<T>(promise: Promise<T>, patienceMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${patienceMs} ms in vain: ${what}.`)), patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
