/** Foreign text as one line that is safe to log: control characters escaped, cut to `maxCharacters`. */
export function printable(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  return cut.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (c) => (c === '\n' || c === '\t' || c === '\r' ? ' ' : escaped(c)))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
