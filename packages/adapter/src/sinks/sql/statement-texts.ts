/**
 * The texts of statements that were written before: for a hundred rows one has thousands of characters, which are
 * neither to be put together nor to be compared each time. For one table and one key.
 */
export class StatementTexts {
  /** By the list of columns itself: rows of one form have the same. */
  readonly #known = new WeakMap<readonly string[], Map<string, string>>()

  /** @param name Tells the statements over the same columns apart. */
  of(columns: readonly string[], name: string, write: () => string): string {
    let texts = this.#known.get(columns)
    if (texts === undefined) {
      texts = new Map()
      this.#known.set(columns, texts)
    }
    let text = texts.get(name)
    if (text === undefined) {
      text = write()
      texts.set(name, text)
    }
    return text
  }
}
