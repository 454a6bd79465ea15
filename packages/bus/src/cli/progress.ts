const everyMs = 500

/** One line on stderr that counts and tells the rate; silent when nobody looks and nobody asked. */
export function showProgress(asked: boolean, count: () => number, what = 'published'): { stop(): void; seconds(): number } {
  const startedAt = performance.now()
  const seconds = (): number => (performance.now() - startedAt) / 1_000
  const isTerminal = process.stderr.isTTY === true
  if (!isTerminal && !asked) return { stop() {}, seconds }
  const show = (): void => {
    const text = `${count().toLocaleString('en')} ${what}, ${Math.round(count() / seconds()).toLocaleString('en')} a second`
    process.stderr.write(isTerminal ? `\r\u001b[K${text}` : `${text}\n`)
  }
  const timer = setInterval(show, everyMs)
  return {
    seconds,
    stop() {
      clearInterval(timer)
      if (isTerminal) process.stderr.write('\r\u001b[K')
    },
  }
}
