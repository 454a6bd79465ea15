/** Longer lines cannot be events (the bus takes 1 MiB) and would fill the memory. */
const maxLineCharacters = 2_000_000

export interface TextLine {
  readonly text: string
  /** The line was too long and was skipped; `text` is empty. */
  readonly tooLong: boolean
}

/** Cuts text into lines as it arrives, holding one line at most. */
export async function* splitLines(input: AsyncIterable<string>): AsyncGenerator<TextLine> {
  let rest = ''
  let skipping = false
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield line(rest + chunk.slice(start, end), skipping)
      rest = ''
      skipping = false
      start = end + 1
    }
    if (!skipping) rest += chunk.slice(start)
    if (rest.length > maxLineCharacters) {
      rest = ''
      skipping = true
    }
  }
  if (rest !== '' || skipping) yield line(rest, skipping)
}

function line(text: string, skipping: boolean): TextLine {
  const tooLong = skipping || text.length > maxLineCharacters
  return { text: tooLong ? '' : text.endsWith('\r') ? text.slice(0, -1) : text, tooLong }
}
