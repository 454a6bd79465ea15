/** Where text stops being JSON. */
export interface JsonFault {
  /** Characters before the fault. */
  readonly offset: number
  /** From 1. */
  readonly line: number
  readonly column: number
  /** What is missing there, to stand behind "at position 5, ". */
  readonly expected: string
}

/**
 * Finds the first fault of text that `JSON.parse` refused: its own message names a position only sometimes. Linear in
 * the text, without recursion. Never quotes more than one character: the text may hold what nobody should read.
 */
export function locateJsonFault(text: string): JsonFault {
  const { offset, expected } = walk(text)
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  return { offset, line, column: offset - lineStart + 1, expected: `${found(text, offset)}; ${expected}` }
}

const space = /[ \t\n\r]*/y
const soundPart = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*/y
const scalar =
  /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

type Wants = 'value' | 'value or ]' | 'name' | 'name or }' | ':' | ', or ]' | ', or }' | 'end'

const explained: Readonly<Record<Wants, string>> = {
  value: 'a value should stand here',
  'value or ]': 'a value or ] should stand here',
  name: 'a name in double quotes should stand here',
  'name or }': 'a name in double quotes or } should stand here',
  ':': 'a colon should stand here',
  ', or ]': 'a comma or ] should stand here',
  ', or }': 'a comma or } should stand here',
  end: 'nothing more should follow',
}

function walk(text: string): { readonly offset: number; readonly expected: string } {
  const open: string[] = []
  let wants: Wants = 'value'
  let at = skip(space, text, 0)
  for (;;) {
    const next = step(text, at, wants, open)
    if (next === null) return { offset: faultWithin(text, at, wants), expected: explained[wants] }
    wants = next.wants
    at = skip(space, text, next.at)
    // JSON.parse refused the text, so a whole document can only mean that the two disagree: say the least.
    if (wants === 'end' && at === text.length) return { offset: at, expected: explained.end }
  }
}

function step(text: string, at: number, wants: Wants, open: string[]): { readonly at: number; readonly wants: Wants } | null {
  const char = text[at]
  if (char === undefined || wants === 'end') return null
  if (wants === ':') return char === ':' ? { at: at + 1, wants: 'value' } : null
  if (char === ',' && wants.startsWith(',')) return { at: at + 1, wants: open.at(-1) === '[' ? 'value' : 'name' }
  if ((char === ']' || char === '}') && wants.endsWith(`or ${char}`)) {
    open.pop()
    return { at: at + 1, wants: after(open) }
  }
  if (wants.startsWith(',')) return null
  if (wants.startsWith('value') && (char === '[' || char === '{')) {
    open.push(char)
    return { at: at + 1, wants: char === '[' ? 'value or ]' : 'name or }' }
  }
  if (wants.startsWith('name') && char !== '"') return null
  const end = skip(scalar, text, at)
  if (end === at) return null
  return { at: end, wants: wants.startsWith('name') ? ':' : after(open) }
}

function after(open: readonly string[]): Wants {
  const innermost = open.at(-1)
  if (innermost === undefined) return 'end'
  return innermost === '[' ? ', or ]' : ', or }'
}

/** Behind what the sticky pattern takes at `at`; `at` itself when it takes nothing. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** A broken string or word is at fault where it breaks, not where it begins. */
function faultWithin(text: string, at: number, wants: Wants): number {
  if (text[at] !== '"' || wants === ':' || wants === 'end' || wants.startsWith(',')) return at
  return skip(soundPart, text, at)
}

function found(text: string, offset: number): string {
  const code = text.codePointAt(offset)
  if (code === undefined) return 'the text ends'
  if (code < 0x20 || (code >= 0x7f && code < 0xa0))
    return `there is the control character U+${code.toString(16).padStart(4, '0').toUpperCase()}`
  return `there is ${JSON.stringify(String.fromCodePoint(code))}`
}
