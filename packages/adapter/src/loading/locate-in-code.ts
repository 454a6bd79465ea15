import type { Fault } from '@hms-sync/client'
import { type FileFault, faultText } from '../yaml/file-fault.js'
import { partsOf } from './read-data.js'

/**
 * Where in a file of code a fault stands, as far as the file writes its adapter out as an object: the key that the pointer
 * names, else the nearest above it, else where the default export begins. Code may make its adapter in any other way, so
 * this reads the text and runs nothing.
 */
export function locateInCode(file: string, source: string, { pointer, message }: Fault): FileFault {
  const head = /export\s+default|module\.exports\s*=/.exec(source)
  const parts = partsOf(pointer)
  if (head === null) return { file, line: 0, column: 0, text: faultText(parts.join('.')), message }
  let at = head.index
  let found = 0
  let inside: number | null = nextOpening(source, head.index)
  for (const part of parts) {
    const entry = inside === null ? null : entryOf(source, inside, part)
    if (entry === null) break
    found++
    at = entry.at
    inside = nextOpening(source, entry.value)
  }
  const before = source.slice(0, at).split('\n')
  return {
    file,
    line: before.length,
    column: before.at(-1)!.length + 1,
    text: faultText(parts.slice(Math.max(0, found - 1)).join('.')),
    message,
  }
}

interface Entry {
  readonly at: number
  readonly value: number
}

/** The entry of an object (by key) or list (by number) that begins at `open`. */
function entryOf(source: string, open: number, part: string): Entry | null {
  const isList = source[open] === '['
  let index = 0
  let depth = 0
  let start = true
  for (let i = open; i < source.length; ) {
    const skipped = skipText(source, i, start && depth === 1)
    if (skipped > i) {
      i = skipped
      continue
    }
    const character = source[i]!
    if (depth === 1 && start && !/[\s,]/.test(character) && !'}]'.includes(character)) {
      start = false
      if (isList && String(index) === part) return { at: i, value: i }
      const key = isList
        ? null
        : /^(?:async\s+)?(?:([\p{L}_$][\p{L}\p{N}_$]*)|'([^'\n]*)'|"([^"\n]*)")\s*[:(,}]/uy.exec(source.slice(i, i + 300))
      if (key !== null && (key[1] ?? key[2] ?? key[3]) === part) return { at: i, value: i + key[0].length - 1 }
      if (key !== null) i += key[0].length - 1
      continue
    }
    if ('{[('.includes(character)) depth++
    else if ('}])'.includes(character) && --depth === 0) return null
    else if (character === ',' && depth === 1) {
      index++
      start = true
    }
    i++
  }
  return null
}

/** The first brace or bracket behind a place, past the parenthesis of a call. */
function nextOpening(source: string, from: number): number | null {
  for (let i = from; i < source.length; i++) {
    const skipped = skipText(source, i)
    if (skipped > i) i = skipped - 1
    else if (source[i] === '{' || source[i] === '[') return i
    else if (source[i] === ',' || source[i] === ';' || source[i] === '}') return null
  }
  return null
}

/** Past a comment or a quoted text that begins here; `i` itself where none does. */
function skipText(source: string, i: number, keepQuotes = false): number {
  if (source.startsWith('//', i)) return endOf(source, '\n', i)
  if (source.startsWith('/*', i)) return endOf(source, '*/', i + 2)
  const quote = source[i]!
  if (keepQuotes || !`'"\``.includes(quote)) return i
  for (let at = i + 1; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === quote) return at + 1
  }
  return source.length
}

function endOf(source: string, text: string, from: number): number {
  const at = source.indexOf(text, from)
  return at === -1 ? source.length : at + text.length
}
