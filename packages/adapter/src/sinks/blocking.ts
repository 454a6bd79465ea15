/**
 * Work that holds the thread for as long as a disk takes: SQLite's calls are synchronous. Whoever watches over the thread
 * is told, so that a disk that stalls is not taken for a mapping that loops.
 */
export function blocking<T>(work: () => T): T {
  const tell = place[watcher]
  tell?.(true)
  try {
    return work()
  } finally {
    tell?.(false)
  }
}

/** `watch` is called before and after each piece of such work on this thread. */
export function watchBlocking(watch: (isBlocked: boolean) => void): void {
  place[watcher] = watch
}

/** One a thread and not one a module: an adapter's project may have a copy of this package of its own. */
const watcher = Symbol.for('hms-sync.watch-blocking')
const place = globalThis as { [watcher]?: (isBlocked: boolean) => void }
