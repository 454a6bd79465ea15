import { access, type FileHandle, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from './disk.js'
import { type PartPlace, partPath, readLeft, statePath } from './left-part.js'
import type { LineFormat } from './line-format.js'
import { headText, type PartHead, type PartState, recordText } from './part-state.js'
import { RememberedIds } from './remembered-ids.js'

/** Appends between two rewritings of the state, which grows with the ids. */
const maxRecords = 2_000
const maxNumber = 999_999

/**
 * The part that lines go into until it is finished and gets its name. An append counts when its line in the state is
 * synced, which is after the part is: what a crash leaves behind that, `open` cuts off, and those events come again.
 */
export class OpenPart {
  readonly #place: PartPlace
  readonly #ids: RememberedIds
  #head: PartHead
  #data: FileHandle
  #log: FileHandle
  #inode: bigint
  #logEnd = 0
  #records = 0
  #end: number
  #events: number
  #firstAt: number | null

  private constructor(
    place: PartPlace,
    state: PartState,
    files: { readonly data: FileHandle; readonly log: FileHandle; readonly inode: bigint },
  ) {
    this.#place = place
    this.#head = state.head
    this.#ids = new RememberedIds(state.ids)
    this.#end = state.end
    this.#events = state.events
    this.#firstAt = state.firstAt
    this.#data = files.data
    this.#log = files.log
    this.#inode = files.inode
  }

  /** Goes on with the part that was left, or begins one. @throws what the file system says. */
  static async open(place: PartPlace): Promise<OpenPart> {
    const left = await readLeft(place)
    const form = formOf(place.format)
    if (left === null) return OpenPart.#begin(place, { number: 1, form }, [])
    // It got its name, and a crash came before the next one was begun.
    if (!left.exists) return OpenPart.#begin(place, { number: left.state.head.number + 1, form }, left.state.ids)
    const part = await OpenPart.#with(place, left.state, await open(partPath(place, left.state.head.number), 'r+'))
    if (left.state.head.form === form) return part
    // Lines of another form, or other columns: what there is gets its name, and a new part begins.
    if (part.events > 0) await part.finish()
    else await part.close()
    return OpenPart.#begin(place, { number: left.state.head.number + 1, form }, left.state.ids)
  }

  get bytes(): number {
    return this.#end
  }

  get events(): number {
    return this.#events
  }

  get firstAt(): number | null {
    return this.#firstAt
  }

  /** Was it written, into this part or one of the last? */
  has(id: string): boolean {
    return this.#ids.has(id)
  }

  /** False when the files are no longer those that were opened: somebody moved or replaced them. */
  async isCurrent(): Promise<boolean> {
    const found = await stat(this.#path, { bigint: true }).catch(() => null)
    return found !== null && found.ino === this.#inode && found.size === BigInt(this.#end)
  }

  /**
   * Durable when it resolves. @throws AppendFailed; the part is then to be closed and opened again.
   */
  async append(lines: readonly string[], ids: readonly string[], now: number): Promise<void> {
    const { disk } = this.#place
    const bytes = Buffer.from(lines.join(''), 'utf8')
    try {
      await disk.write(this.#data, bytes, this.#end)
      await disk.sync(this.#data)
    } catch (error) {
      throw new AppendFailed(false, error)
    }
    const record = { end: this.#end + bytes.length, events: this.#events + lines.length, firstAt: this.#firstAt ?? now, ids }
    try {
      const text = Buffer.from(recordText(record), 'utf8')
      await disk.write(this.#log, text, this.#logEnd)
      await disk.sync(this.#log)
      this.#logEnd += text.length
    } catch (error) {
      throw new AppendFailed(true, error)
    }
    this.#end = record.end
    this.#events = record.events
    this.#firstAt = record.firstAt
    this.#ids.add(ids)
    if (++this.#records >= maxRecords) await this.#rewriteState()
  }

  /** Gives the part its name and begins the next one. @throws what the file system says; the part is then to be opened again. */
  async rotate(): Promise<OpenPart> {
    await this.finish()
    return OpenPart.#begin(this.#place, { number: this.#head.number + 1, form: this.#head.form }, this.#ids.list())
  }

  /** Gives the part its name. From here on it is whole and nobody writes to it. */
  async finish(): Promise<void> {
    await this.close()
    const { folder, nameOf } = this.#place
    const path = this.#path
    await rename(path, join(folder, await this.#freeName(nameOf)))
    await syncFolder(folder)
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await this.#data.close()
    await this.#log.close()
  }

  get #path(): string {
    return partPath(this.#place, this.#head.number)
  }

  async #freeName(nameOf: PartPlace['nameOf']): Promise<string> {
    for (let { number } = this.#head; number <= maxNumber; number++) {
      const name = nameOf({ at: this.#firstAt ?? Date.now(), number })
      this.#head = { ...this.#head, number }
      if (!(await exists(join(this.#place.folder, name)))) return name
    }
    throw new Error('there is no number left for a file’s name; move the files away')
  }

  static async #begin(place: PartPlace, head: PartHead, ids: readonly string[]): Promise<OpenPart> {
    const data = await open(partPath(place, head.number), 'w')
    const { head: text } = place.format
    return OpenPart.#with(place, { head, end: Buffer.byteLength(text), events: 0, firstAt: null, ids }, data, text)
  }

  /** Cuts off what nobody vouches for, and has the state in a file of its own making. */
  static async #with(place: PartPlace, state: PartState, data: FileHandle, text = ''): Promise<OpenPart> {
    try {
      if (text !== '') await place.disk.write(data, Buffer.from(text, 'utf8'), 0)
      await data.truncate(state.end)
      await place.disk.sync(data)
      const { ino } = await data.stat({ bigint: true })
      const part = new OpenPart(place, state, { data, log: data, inode: ino })
      await part.#writeState()
      return part
    } catch (error) {
      await data.close()
      throw error
    }
  }

  async #rewriteState(): Promise<void> {
    await this.#log.close()
    await this.#writeState()
  }

  /** In a file of its own that takes the place of the old one: whole, and durable again whatever became of the old one's last sync. */
  async #writeState(): Promise<void> {
    const { disk, folder } = this.#place
    const path = statePath(this.#place)
    const log = await open(`${path}.new`, 'w')
    const record = { end: this.#end, events: this.#events, firstAt: this.#firstAt, ids: this.#ids.list() }
    const text = Buffer.from(headText(this.#head) + recordText(record), 'utf8')
    await disk.write(log, text, 0)
    await disk.sync(log)
    await rename(`${path}.new`, path)
    await syncFolder(folder)
    this.#log = log
    this.#logEnd = text.length
    this.#records = 0
  }
}

/** `inDoubt`: the events may be in the part. */
export class AppendFailed extends Error {
  readonly inDoubt: boolean

  constructor(inDoubt: boolean, cause: unknown) {
    super((cause as Error).message, { cause })
    this.inDoubt = inDoubt
  }
}

function formOf({ extension, head }: LineFormat): string {
  return `${extension} ${head.trimEnd()}`
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
