import type jsonata from 'jsonata'

/** Of what any step of an expression makes, counted roughly as JSON text. */
const maxCharacters = 4 * 1024 * 1024
/** Of what one built-in function makes in a single step. */
const maxStepCharacters = 1024 * 1024
const maxDepth = 64

/**
 * Bounds the memory of an expression. It has to be bounded here: 500 MB in one step, which `$join` or `$pad` make of a few
 * characters, end the whole process, not only the worker (V8 cannot fail such an allocation).
 */
export function boundMemory(compiled: jsonata.Expression): void {
  // Called for every node that was evaluated, with what it came to.
  const measure = ({ type }: jsonata.ExprNode, _input: unknown, _environment: unknown, result: unknown) => {
    if (madeNothing.has(type)) return
    if (!fits(result, { left: maxCharacters })) throw new Error(tooLarge)
  }
  compiled.assign(Symbol.for('jsonata.__evaluate_exit') as unknown as string, measure)
  compiled.registerFunction('pad', pad, '<s-ns?:s>')
  compiled.registerFunction('join', join, '<a<s>s?:s>')
  compiled.registerFunction('eval', () => {
    throw new Error('$eval is not there: text of a payload is never run')
  })
}

/** A copy as JSON would make it: JSONata's own lists carry functions. @throws Error when it is too large or too deep. */
export function plainCopy(value: unknown): unknown {
  if (!fits(value, { left: maxCharacters })) throw new Error(tooLarge)
  return copy(value, 0)
}

const tooLarge = `it makes more than ${maxCharacters} characters`
/** These stand for values that were measured when they were made, or that the payload holds. */
const madeNothing: ReadonlySet<string> = new Set(['variable', 'name', 'string', 'number', 'value', 'lambda', 'regex', 'parent', 'bind'])

function fits(value: unknown, size: { left: number }): boolean {
  size.left -= typeof value === 'string' ? value.length + 3 : 3
  if (size.left < 0) return false
  if (typeof value !== 'object' || value === null || isFunction(value)) return true
  if (Array.isArray(value)) return value.every((item) => fits(item, size))
  for (const name of Object.keys(value)) {
    size.left -= name.length
    if (!fits((value as Readonly<Record<string, unknown>>)[name], size)) return false
  }
  return true
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value === 'function' || isFunction(value)) throw new Error('it makes a function, which JSON cannot hold')
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maxDepth) throw new Error(`it makes more than ${maxDepth} levels`)
  if (Array.isArray(value)) return Array.from(value, (item) => copy(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copy(field, depth + 1)]))
}

function isFunction(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value)
}

function pad(text: string | undefined, width: number, fill?: string): string | undefined {
  if (text === undefined) return undefined
  if (Math.abs(width) > maxStepCharacters) throw new Error(`$pad takes a width of at most ${maxStepCharacters}`)
  const missing = Math.abs(width) - [...text].length
  if (missing <= 0) return text
  const characters = [...(fill === undefined || fill === '' ? ' ' : fill)]
  const padding =
    characters.join('').repeat(Math.floor(missing / characters.length)) + characters.slice(0, missing % characters.length).join('')
  return width > 0 ? text + padding : padding + text
}

function join(texts: readonly string[] | undefined, separator = ''): string | undefined {
  if (texts === undefined) return undefined
  const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0)
  if (length > maxCharacters) throw new Error(tooLarge)
  return texts.join(separator)
}
