/**
 * Cuts a list into pieces whose lengths are powers of two, so that however many rows a batch has, a handful of prepared
 * statements serves them all.
 */
export function* chunks<T>(list: readonly T[], most: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; ) {
    const size = Math.min(2 ** Math.floor(Math.log2(list.length - at)), 2 ** Math.floor(Math.log2(Math.max(most, 1))))
    yield list.slice(at, at + size)
    at += size
  }
}
