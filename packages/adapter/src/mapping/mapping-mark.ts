/**
 * Which delivery's mapping has the thread now. An operator's mapping may never come back, and nothing can be asked of a
 * thread that loops: whoever watches it keeps the mark where it can be read from outside.
 */
export class MappingMark {
  #mark = 0
  #watch: (mark: number) => void = () => {}

  /** `watch` is called at every change; 0 stands for none. */
  watchedBy(watch: (mark: number) => void): void {
    this.#watch = watch
  }

  get now(): number {
    return this.#mark
  }

  set(mark: number): void {
    if (mark === this.#mark) return
    this.#mark = mark
    this.#watch(mark)
  }
}

/** One a thread: only one mapping has it at a time. */
export const mappingMark = new MappingMark()
