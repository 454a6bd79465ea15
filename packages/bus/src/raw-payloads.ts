/**
 * The texts of the payloads in `{…"events":[{…"payload":…}…]…}`, in order, for text that has parsed as JSON. So an event
 * is never written a second time: cutting its text out costs a third of what writing it does. null where the payload of
 * an event cannot be told for sure or holds a line break outside of strings; an empty list where no event can.
 */
export function rawPayloads(text: string): readonly (string | null)[] {
  if (!findMember(text, skipSpace(text, 0), 'events') || text.charCodeAt(found.start) !== openBracket) return []
  const payloads: (string | null)[] = []
  let i = skipSpace(text, found.start + 1)
  while (text.charCodeAt(i) !== closeBracket) {
    const end = pushPayload(text, i, payloads)
    i = skipSpace(text, end)
    if (text.charCodeAt(i) === comma) i = skipSpace(text, i + 1)
  }
  return payloads
}

/** The text of the payload in `{…"payload":…}`, as above. */
export function rawPayload(text: string): string | null {
  const payloads: (string | null)[] = []
  pushPayload(text, skipSpace(text, 0), payloads)
  return payloads[0]!
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Where the member that was found last has its value, and where its object ends. One place for all: an object an event would cost more than the search. */
const found = { start: 0, end: 0, objectEnd: 0 }

/** Answers where the event ends. */
function pushPayload(text: string, start: number, payloads: (string | null)[]): number {
  if (!findMember(text, start, 'payload')) {
    payloads.push(null)
    return endOfValue(text, start)
  }
  const raw = text.slice(found.start, found.end)
  payloads.push(raw.includes('\n') || raw.includes('\r') ? null : raw)
  return found.objectEnd
}

/** Finds the last member of this name, which is the one that counts; false when there is none, or when a name with an escape might be it. */
function findMember(text: string, start: number, name: string): boolean {
  if (text.charCodeAt(start) !== openBrace) return false
  let isThere = false
  let i = skipSpace(text, start + 1)
  while (text.charCodeAt(i) !== closeBrace) {
    const nameEnd = endOfString(text, i)
    const value = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const end = endOfValue(text, value)
    if (nameEnd - i - 2 === name.length && text.startsWith(name, i + 1)) {
      isThere = true
      found.start = value
      found.end = end
    } else if (hasEscape(text, i, nameEnd)) return false
    i = skipSpace(text, end)
    if (text.charCodeAt(i) === comma) i = skipSpace(text, i + 1)
  }
  found.objectEnd = i + 1
  return isThere
}

function hasEscape(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (text.charCodeAt(i) === backslash) return true
  return false
}

/** Behind the value that starts here. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === quote) return endOfString(text, start)
  if (first === openBrace || first === openBracket) return endOfBrackets(text, start)
  let i = start
  while (i < text.length && !endsScalar(text.charCodeAt(i))) i++
  return i
}

function endOfBrackets(text: string, start: number): number {
  let depth = 0
  for (let i = start; ; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      i = endOfString(text, i) - 1
      continue
    }
    // '[' 0x5b and '{' 0x7b differ in one bit, as do ']' 0x5d and '}' 0x7d.
    const bracket = code & 0xffdf
    if (bracket === openBracket) depth++
    else if (bracket === closeBracket && --depth === 0) return i + 1
  }
}

/** Behind the quote that ends the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end + 1
}

function isEscaped(text: string, index: number): boolean {
  let before = index - 1
  while (text.charCodeAt(before) === backslash) before--
  return (index - before) % 2 === 0
}

function skipSpace(text: string, start: number): number {
  let i = start
  while (isSpace(text.charCodeAt(i))) i++
  return i
}

function endsScalar(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || isSpace(code)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
