/** Put into every schema that contains itself, so that each time it is applied counts. */
export const stepKeyword = 'x-hms-sync-step'

/** Thrown out of a validation that takes too long. */
export class StepsSpent extends Error {
  override readonly name = 'StepsSpent'
}

let left = 0

/**
 * Runs a validation in which schemas that contain themselves are applied `max` times at most. Two references to itself over the same value
 * make a schema double its work at each level of the payload: 32 levels would take minutes.
 * @throws StepsSpent
 */
export function withinSteps<T>(max: number, run: () => T): T {
  left = max
  return run()
}

export function countStep(): boolean {
  if (--left < 0) throw new StepsSpent()
  return true
}
