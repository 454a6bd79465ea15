import type { ServerResponse } from 'node:http'

/**
 * Writes to one response no faster than its reader takes it: memory holds one text and what the socket buffers.
 * A reader that takes nothing for `stallTimeoutMs` is cut off.
 */
export class PacedWriter {
  readonly #response: ServerResponse
  readonly #stallTimeoutMs: number
  readonly #onStall: () => void
  #full = false

  constructor(response: ServerResponse, options: { readonly stallTimeoutMs: number; readonly onStall: () => void }) {
    this.#response = response
    this.#stallTimeoutMs = options.stallTimeoutMs
    this.#onStall = options.onStall
  }

  /** True while the reader has not taken what was written. */
  get full(): boolean {
    return this.#full
  }

  /** Resolves when there is room for more: with false when the reader is gone. */
  write(text: string): Promise<boolean> | boolean {
    const response = this.#response
    if (response.destroyed || response.writableEnded) return false
    if (response.write(text)) return true
    this.#full = true
    return new Promise((resolve) => {
      const settle = (open: boolean) => {
        clearTimeout(timer)
        response.off('drain', drained).off('close', gone)
        this.#full = false
        resolve(open)
      }
      const drained = () => settle(true)
      const gone = () => settle(false)
      const timer = setTimeout(() => {
        this.#onStall()
        response.destroy()
      }, this.#stallTimeoutMs)
      timer.unref()
      response.on('drain', drained).on('close', gone)
    })
  }
}
