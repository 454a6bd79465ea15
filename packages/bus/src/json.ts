import { type Json, SyncError } from '@hms-sync/client'
import { locateJsonFault } from './json-fault.js'

/**
 * Parses JSON text that came from outside. The depth is counted before anything is built, because JSON nested 5,000
 * deep parses but cannot be written again. `[]` has depth 1, a bare number 0. The length of the text is the caller's to bound.
 * @throws SyncError `too_deep`; `invalid_json` with the position of the first fault, without the text itself.
 */
export function parseJsonBounded(text: string, maxDepth: number): Json {
  if (tooDeepAt(text, maxDepth) !== -1) {
    throw new SyncError('too_deep', `The JSON is nested more than ${maxDepth} levels deep. Flatten it, or send the inner part as a string.`)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { line, column, offset, expected } = locateJsonFault(text)
    const where = line === 1 ? `position ${offset}` : `line ${line}, column ${column}`
    throw new SyncError('invalid_json', `This is not JSON: at ${where}, ${expected}.`, {
      cause: cause instanceof Error ? cause.name : undefined,
    })
  }
}

const quote = 0x22
const backslash = 0x5c

/**
 * Index of the bracket that goes deeper than `maxDepth`, or -1. Exact for JSON; in text that is none the answer hardly
 * matters, since the parser refuses it and does not recurse. Measured: 2 ns a character of dense JSON, far less in long strings, which `indexOf` skips by machine words.
 */
export function tooDeepAt(text: string, maxDepth: number): number {
  if (!hasMoreBrackets(text, maxDepth)) return -1
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote) {
      i = endOfString(text, i)
      if (i === -1) return -1
      continue
    }
    // '[' 0x5b and '{' 0x7b differ in one bit, as do ']' 0x5d and '}' 0x7d.
    const bracket = code & 0xffdf
    if (bracket === 0x5b) {
      if (++depth > maxDepth) return i
    } else if (bracket === 0x5d) depth--
  }
  return -1
}

/** Whether more than `limit` brackets open anywhere, strings included. Most events have a handful, so most are done here. */
function hasMoreBrackets(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  let count = 0
  for (const bracket of ['{', '[']) {
    for (let i = text.indexOf(bracket); i !== -1; i = text.indexOf(bracket, i + 1)) {
      if (++count > limit) return true
    }
  }
  return false
}

/** Index of the quote that ends the string opened at `start`, or -1. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, index: number): boolean {
  let before = index - 1
  while (text.charCodeAt(before) === backslash) before--
  return (index - before) % 2 === 0
}
