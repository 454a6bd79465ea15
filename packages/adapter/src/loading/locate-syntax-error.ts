import { readFile } from 'node:fs/promises'

/**
 * The same error with its place. Node prints where a module stops being JavaScript, but does not tell the code that
 * imports it; jiti's parser does.
 */
export async function locateSyntaxError(error: SyntaxError, path: string): Promise<SyntaxError> {
  // CommonJS errors have their place at the head of the stack.
  const head = /^(\/.+?):(\d+)\n(.*)\n(\s*)\^/.exec(error.stack ?? '')
  if (head !== null) return placed(asModule(error), `${head[1]}:${head[2]}:${head[4]!.length + 1}`)
  const { createJiti } = await import('jiti')
  const source = await readFile(path, 'utf8')
  const compiled = createJiti(import.meta.url, { fsCache: false }).transform({ source, filename: path, async: true })
  const found = /^exports\.__JITI_ERROR__ = (\{.*\})$/m.exec(compiled)
  if (found === null) return error
  const { line, column } = JSON.parse(found[1]!) as { readonly line: number; readonly column: number }
  return placed(error, `${path}:${line}:${column + 1}`)
}

/** What `npm init` writes makes a folder's files CommonJS, and Node's own message does not say what to do about it. */
function asModule(error: SyntaxError): SyntaxError {
  if (!/outside a module|Unexpected token 'export'/.test(error.message)) return error
  return new SyntaxError(`${error.message}. A package.json above the file says "type": "commonjs"; write "type": "module" there`)
}

function placed(error: SyntaxError, place: string): SyntaxError {
  const located = new SyntaxError(error.message)
  located.stack = `SyntaxError\n    at ${place}`
  return located
}
