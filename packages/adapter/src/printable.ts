/** Foreign text as one line that is safe to log: control characters escaped, cut to `maxCharacters`. */
export function printable(text: string, maxCharacters: number): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text
  // C0, DEL, C1, the line separators, and the marks that turn the direction of text around.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) =>
    c === '\n' || c === '\t' || c === '\r' ? ' ' : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
