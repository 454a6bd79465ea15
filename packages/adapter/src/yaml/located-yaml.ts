import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml'
import { type FileFault, faultText } from './file-fault.js'
import { yamlBoundsFault } from './yaml-bounds.js'

export type Path = readonly (string | number)[]

/** A YAML 1.2 (core) document that knows where each of its values stands. JSON is YAML, so it locates JSON as well. */
export class LocatedYaml {
  readonly file: string
  readonly text: string
  /** As plain values; undefined when the file has faults of its own. */
  readonly value: unknown
  /** What is wrong with the file as YAML. */
  readonly faults: readonly FileFault[]
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed | null

  /** Never throws: whatever is wrong with the text is in `faults`. `file` is the name to show. */
  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    const bounds = yamlBoundsFault(text)
    if (bounds !== null) {
      this.#document = null
      this.faults = [this.#faultOfText(bounds.offset, bounds.message)]
      return
    }
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      resolveKnownTags: false,
      stringKeys: true,
      prettyErrors: false,
      // The library compares every pair of keys; `#repeatedKeys` is linear and says where the first one stands.
      uniqueKeys: false,
    })
    const faults = [...this.#syntaxFaults(this.#document), ...this.#repeatedKeys(this.#document)]
    const aliases = this.#aliasFaults(this.#document)
    this.faults = [...faults, ...aliases]
    if (this.faults.length === 0) this.value = this.#document.toJS({ maxAliasCount: maxAliases }) ?? null
  }

  has(path: Path): boolean {
    return this.#find(path)?.exact === true
  }

  /** From 1. The line of the value at `path`, or of what is nearest above it. */
  lineOf(path: Path): number {
    return this.faultAt(path, '').line
  }

  /** A fault at the value under `path`, or at the key that leads to it. Where the value is empty, the key stands for it. */
  faultAt(path: Path, message: string, at: 'value' | 'key' = 'value'): FileFault {
    const found = this.#find(path)
    const node = at === 'key' ? (found?.key ?? found?.value) : found?.value
    const shown = isEmpty(node) ? (found?.key ?? node) : node
    const [start, end] = shown?.range ?? [0, 0, 0]
    return { file: this.file, ...this.#place(start), text: faultText(this.text.slice(start, end)), message }
  }

  /** The node under `path`; where the path leads nowhere, the last node on the way and `exact: false`. */
  #find(path: Path): { readonly value: Node | null; readonly key: Node | null; readonly exact: boolean } | null {
    let value: Node | null = this.#document?.contents ?? null
    let key: Node | null = null
    for (const step of path) {
      const inside: unknown = isAlias(value) && this.#document !== null ? value.resolve(this.#document) : value
      if (isMap<Node, Node | null>(inside)) {
        const pair: Pair<Node, Node | null> | undefined = inside.items.find((item) => isScalar(item.key) && item.key.value === String(step))
        if (pair === undefined) return { value, key, exact: false }
        key = pair.key
        value = pair.value
      } else if (isSeq<Node>(inside) && inside.items[Number(step)] !== undefined) {
        value = inside.items[Number(step)] ?? null
        key = null
      } else return { value, key, exact: false }
    }
    return { value, key, exact: true }
  }

  #place(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length))
    return line === 0 ? { line: 1, column: offset + 1 } : { line, column: col }
  }

  #faultOfText(offset: number, message: string): FileFault {
    const before = this.text.slice(0, offset)
    const lineStart = before.lastIndexOf('\n') + 1
    const line = before.split('\n').length
    return { file: this.file, line, column: offset - lineStart + 1, text: faultText(this.text.slice(offset, offset + 100)), message }
  }

  #syntaxFaults(document: Document.Parsed): readonly FileFault[] {
    const faults = [...document.errors, ...document.warnings].map((error) =>
      this.#faultOfText(error.pos[0], syntaxMessages[error.code] ?? `This is not YAML: ${error.message}.`),
    )
    const { yaml } = document.directives
    if (yaml.explicit === true && yaml.version !== '1.2')
      faults.push(this.#faultOfText(0, 'Files are read as YAML 1.2. Leave the %YAML line out.'))
    return faults
  }

  #repeatedKeys(document: Document.Parsed): readonly FileFault[] {
    const faults: FileFault[] = []
    visit(document, {
      Map: (_, map) => {
        const first = new Map<unknown, number>()
        for (const { key } of map.items) {
          if (!isScalar(key) || !key.range) continue
          const line = first.get(key.value)
          if (line === undefined) first.set(key.value, this.#place(key.range[0]).line)
          else faults.push(this.#faultOfText(key.range[0], `This key stands here twice, first on line ${line}. Keep one of them.`))
        }
      },
    })
    return faults
  }

  #aliasFaults(document: Document.Parsed): readonly FileFault[] {
    const faults: FileFault[] = []
    let last: Alias | null = null
    visit(document, {
      Alias: (_, alias) => {
        last = alias
        if (alias.resolve(document) === undefined) {
          faults.push(this.#faultOfText(alias.range?.[0] ?? 0, `No anchor &${alias.source} stands above. Write the value itself.`))
        }
      },
    })
    if (faults.length > 0 || last === null) return faults
    try {
      document.toJS({ maxAliasCount: maxAliases })
      return []
    } catch {
      const { range } = last as Alias
      return [this.#faultOfText(range?.[0] ?? 0, 'The aliases unfold to far more than the file holds. Write the values themselves.')]
    }
  }
}

const maxAliases = 100

const syntaxMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces; YAML takes no tabs.',
  MULTIPLE_DOCS: 'One file holds one document. Remove the --- line.',
  NON_STRING_KEY: 'A key must be plain text.',
  TAG_RESOLVE_FAILED: 'Tags (!name) are not read here. Write the plain value.',
}

function isEmpty(node: Node | null | undefined): boolean {
  return !node?.range || node.range[0] === node.range[1]
}
