import type { Store } from '../../store/store.js'

const documentName = 'paused-targets'

/** Which groups' targets are paused, over restarts. */
export class PausedTargets {
  readonly #store: Store
  #reasons: ReadonlyMap<string, string> = new Map()

  constructor(store: Store) {
    this.#store = store
  }

  async load(): Promise<void> {
    const text = await this.#store.document(documentName)
    this.#reasons = new Map(text === null ? [] : (JSON.parse(text) as [string, string][]))
  }

  /** Why the group's target is paused; null: it is not. */
  reason(group: string): string | null {
    return this.#reasons.get(group) ?? null
  }

  /** `reason` null: it is not paused any more. Resolves when durable. */
  async set(group: string, reason: string | null): Promise<void> {
    if (this.reason(group) === reason) return
    const reasons = new Map(this.#reasons)
    if (reason === null) reasons.delete(group)
    else reasons.set(group, reason)
    this.#reasons = reasons
    await this.#store.commit([{ kind: 'document', name: documentName, text: JSON.stringify([...reasons]) }])
  }
}
