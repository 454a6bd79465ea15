/** Foreign text as one line that is safe to log: control characters escaped, cut to `maxCharacters`. */
export function printable(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  return cut.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (c) => (c === '\n' || c === '\t' || c === '\r' ? ' ' : escaped(c)))
}

/** What was thrown as one line that is safe to log. Anything can be thrown, and an error can hold anything; this throws nothing. */
export function printableThrown(thrown: unknown, maxCharacters: number): string {
  try {
    return printable(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown), maxCharacters)
  } catch {
    return 'something that cannot be shown'
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
