import { CST, Lexer } from 'yaml'

/** Larger files of settings are refused unread. */
export const maxYamlBytes = 1_048_576
const maxNesting = 64

/**
 * What the parser must never see. Its lexer is linear, but 500 nested explicit keys (`? ? ?`, 1 KB) take its composer 26 s and 2,000 end
 * the process; hence a look at the tokens first. null when all is well.
 */
export function yamlBoundsFault(text: string): { readonly offset: number; readonly message: string } | null {
  if (text.length > maxYamlBytes) return { offset: 0, message: 'The file is larger than 1 MiB. Split the project into several.' }
  let offset = 0
  let flow = 0
  let dashes = 0
  let plain = false
  for (const token of new Lexer().lex(text)) {
    // Behind a scalar mark comes its text, which may look like a token.
    const type = plain ? 'scalar' : CST.tokenType(token)
    plain = token === CST.SCALAR
    if (type === 'explicit-key-ind') return { offset, message: 'Keys with a question mark are not read here. Write key: value.' }
    if (type === 'newline') dashes = 0
    else if (type === 'seq-item-ind') dashes++
    else if (type === 'flow-map-start' || type === 'flow-seq-start') flow++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1)
    if (flow > maxNesting || dashes > maxNesting) return { offset, message: `This is nested more than ${maxNesting} levels deep.` }
    // The lexer marks documents, flow errors and scalars with control characters of its own that are not in the text.
    if (text.startsWith(token, offset)) offset += token.length
  }
  return null
}
