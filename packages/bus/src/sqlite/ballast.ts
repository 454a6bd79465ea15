import { randomFillSync } from 'node:crypto'
import { closeSync, fsyncSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * A file that only takes room. When the disk is full it is deleted, so that acknowledgements and progress can still be
 * written and consumers drain; it comes back as soon as there is room again.
 */
export class Ballast {
  readonly #path: string
  readonly #bytes: number

  constructor(path: string, bytes: number) {
    this.#path = path
    this.#bytes = bytes
  }

  /** Takes the room, and as much again must stay free. Answers false, holding nothing, when there is not enough. Repeatable. */
  hold(): boolean {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.size === this.#bytes) return true
      const { bavail, bsize } = statfsSync(dirname(this.#path))
      if (bavail * bsize < 2 * this.#bytes) return false
      this.#write()
      return true
    } catch {
      this.release()
      return false
    }
  }

  /** Answers whether there was something to give back. */
  release(): boolean {
    try {
      unlinkSync(this.#path)
      return true
    } catch {
      return false
    }
  }

  /** Random bytes: a file system that compresses would keep no room for zeros. Synced: room that is only promised can fail later. */
  #write(): void {
    const piece = randomFillSync(Buffer.allocUnsafe(Math.min(this.#bytes, 1024 * 1024)))
    const file = openSync(this.#path, 'w', 0o600)
    try {
      for (let left = this.#bytes; left > 0; ) left -= writeSync(file, piece, 0, Math.min(left, piece.length))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}
