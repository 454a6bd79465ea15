import type { Path } from '@hms-sync/adapter/yaml'
import { isSchemaObject, type SchemaObject } from './subschemas.js'

/** Where a `$ref` leads, or what is wrong with it. */
export type Target = { readonly path: Path; readonly schema: SchemaObject | boolean } | { readonly fault: string }

/** Follows `$ref`s within one document. `anchors` holds the named places, filled while the document is walked. */
export class References {
  readonly anchors = new Map<string, { readonly path: Path; readonly schema: SchemaObject }>()
  readonly #root: SchemaObject
  readonly #id: string

  constructor(root: SchemaObject) {
    this.#root = root
    this.#id = typeof root.$id === 'string' ? root.$id.replace(/#$/, '') : ''
  }

  /** The text of the reference from this document's root on: `#/…`, `#name` or `#`; null when it leads elsewhere. */
  local(ref: string): string | null {
    if (ref.startsWith('#')) return ref
    if (this.#id === '' || !ref.startsWith(this.#id)) return null
    const rest = ref.slice(this.#id.length)
    return rest === '' ? '#' : rest.startsWith('#') ? rest : null
  }

  resolve(ref: string): Target {
    const local = this.local(ref)
    if (local === null)
      return { fault: 'References lead to places in this file only. Copy what it names into $defs and write "#/$defs/NAME".' }
    if (local === '#') return { path: [], schema: this.#root }
    const found = local.startsWith('#/') ? this.#walk(local) : this.anchors.get(local.slice(1))
    return found ?? { fault: 'This reference leads nowhere in this file.' }
  }

  #walk(pointer: string): Target | undefined {
    const path = pointer.slice(2).split('/').map(step)
    let value: unknown = this.#root
    for (const name of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
      value = (value as SchemaObject)[name]
    }
    return isSchemaObject(value) || typeof value === 'boolean' ? { path, schema: value } : undefined
  }
}

function step(text: string): string {
  const plain = text.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}
