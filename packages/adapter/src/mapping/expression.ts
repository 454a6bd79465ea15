import { createRequire } from 'node:module'
import type { WireEvent } from '@hms-sync/client'
import type jsonata from 'jsonata'
import { boundMemory, plainCopy } from './expression-bounds.js'
import { compileLinear, LinearRegex } from './linear-regex.js'
import { mappingMark } from './mapping-mark.js'

/** Evaluates for one event. Rejects with an Error that says what went wrong and where in the expression. */
export type Expression = (payload: unknown, event: WireEvent) => Promise<unknown>

const maxCharacters = 10_000
/** Of one evaluation; one that took longer is asked once more, because a machine that slept looks the same. */
const timeoutMs = 1_000
const maxCallDepth = 200
const maxItems = 100_000
/** After an evaluation that took so long, the thread looks after its other duties before the next one. */
const longMs = 20

/**
 * A JSONata expression over the payload; `$event` holds the event's own fields. It is bounded in time, depth and size, its
 * regular expressions are matched in linear time, and `$eval`, which would run text of a payload, is not there.
 * @throws SyntaxError that says what is wrong and at which character.
 */
export function compileExpression(text: string): Expression {
  if (text.length > maxCharacters)
    throw new SyntaxError(`an expression has at most ${maxCharacters} characters; write a function in a .js file`)
  const compiled = compile(text)
  checkRegexes(compiled.ast())
  boundMemory(compiled)
  return (payload, event) => {
    const mark = mappingMark.now
    return inTurn(() => evaluate(compiled, { payload, event, mark }))
  }
}

/** As JSONata's own `$boolean`: nothing, 0, empty texts, lists and objects are false, and so is a list of such. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isTrue)
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return typeof value === 'function' ? false : Boolean(value)
}

function compile(text: string): jsonata.Expression {
  load ??= createRequire(import.meta.url)('jsonata') as typeof jsonata
  const options = { timeout: timeoutMs, stack: maxCallDepth, sequence: maxItems, RegexEngine: LinearRegex }
  try {
    return load(text, options as unknown as jsonata.JsonataOptions)
  } catch (error) {
    throw new SyntaxError(told(error))
  }
}
/** Loaded with the first expression: most adapters have none. */
let load: typeof jsonata | undefined

/**
 * One evaluation at a time: it never waits for anything outside, so that side by side they would only blur which of them
 * takes long.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = turn.then(work)
  turn = result.then(ignore, ignore)
  return result
}
let turn: Promise<unknown> = Promise.resolve()
const ignore = () => {}

interface Subject {
  readonly payload: unknown
  readonly event: WireEvent
  readonly mark: number
}

async function evaluate(compiled: jsonata.Expression, { payload, event, mark }: Subject): Promise<unknown> {
  mappingMark.set(mark)
  const started = performance.now()
  try {
    const result: unknown = await once(compiled, payload, event).catch((error: unknown) => {
      if ((error as { code?: unknown } | null)?.code !== 'D1012') throw error
      return once(compiled, payload, event)
    })
    return plainCopy(result)
  } catch (error) {
    throw withoutStack(told(error))
  } finally {
    mappingMark.set(0)
    if (performance.now() - started > longMs) await new Promise((resolve) => setImmediate(resolve))
  }
}

function once(compiled: jsonata.Expression, payload: unknown, event: WireEvent): Promise<unknown> {
  return compiled.evaluate(payload, { event })
}

/** A pattern that cannot be matched in linear time is told when the file is read, not at the first event. */
function checkRegexes(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const { type, value, position } = node as { readonly type?: unknown; readonly value?: unknown; readonly position?: number }
  if (type === 'regex' && value instanceof RegExp) {
    try {
      compileLinear(value)
    } catch (error) {
      const reason = (error as Error).message.replace(/^error parsing regexp: /, '')
      throw new SyntaxError(
        `${place(position)}a pattern takes no look-around and no back-references, so that it always ends (${reason}); write it without`,
      )
    }
    return
  }
  for (const inner of Object.values(node)) checkRegexes(inner)
}

/** JSONata throws objects that are no errors. */
function told(error: unknown): string {
  const { message, position } = (error ?? {}) as { readonly message?: unknown; readonly position?: number }
  return `${place(position)}${typeof message === 'string' ? message : 'it failed'}`
}

function place(position: number | undefined): string {
  return position === undefined ? '' : `at character ${position}: `
}

/** The place that counts is in the expression; a stack would name this file. */
function withoutStack(message: string): Error {
  const error = new Error(message)
  error.stack = ''
  return error
}
