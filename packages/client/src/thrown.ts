/**
 * What was thrown, as an error whose `message` is a string. Anything can be thrown, and an `Error` can carry anything as its
 * `message`; this never throws itself.
 */
export function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error && typeof thrown.message === 'string') return thrown
    return new Error(textOf(thrown instanceof Error ? thrown.message : thrown), { cause: thrown })
  } catch {
    return new Error('Something was thrown that cannot be read.')
  }
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? `${JSON.stringify(value)}` : String(value)
}
