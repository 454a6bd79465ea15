import { RE2JS } from 're2js'

/** Longer patterns are refused, longer texts do not match a pattern that RE2 runs: 20 ns a character adds up. */
const maxPatternLength = 1_000
export const maxMatchedLength = 65_536

interface Matcher {
  test(text: string): boolean
}

/**
 * What ajv calls for every `pattern`: matching takes time linear in the text, whatever the pattern. RE2 does that at 20 times the cost of
 * V8's own engine, which therefore runs the patterns that cannot backtrack much.
 */
export const linearRegExp = Object.assign((pattern: string, flags: string): Matcher => new LinearPattern(pattern, flags), {
  /** Ajv names the function with it in generated stand-alone code, which is not made here. */
  code: 'linearRegExp',
})

/** Why RE2 cannot take the pattern, or null. */
export function patternFault(pattern: string): string | null {
  if (pattern.length > maxPatternLength) return `A pattern has at most ${maxPatternLength} characters.`
  try {
    compileRe2(pattern)
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unknown'
    return `Patterns are matched by RE2, which takes no look-around and no back-references (${reason}). Write it without.`
  }
}

class LinearPattern implements Matcher {
  readonly #pattern: string
  readonly #native: RegExp | null
  readonly #re2: RE2JS

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern
    this.#native = nativeRegExp(pattern, flags)
    this.#re2 = compileRe2(pattern)
  }

  test(text: string): boolean {
    if (this.#native !== null) return this.#native.test(text)
    return text.length <= maxMatchedLength && this.#re2.test(text)
  }

  /** Ajv tells patterns apart by it. */
  toString(): string {
    return this.#pattern
  }
}

function compileRe2(pattern: string): RE2JS {
  return RE2JS.compile(RE2JS.translateRegExp(pattern))
}

const atom = String.raw`(?:[A-Za-z0-9 _@:,;/-]|\\[dDwWs.+*?()\[\]{}|$^/\\-]|\[\^?(?:[A-Za-z0-9 _@:,;/.+*?()-]|\\[dDwWs.\-\\/\]\[])+\])`
const plain = new RegExp(
  String.raw`^\^(?:${atom}(?:\{\d{1,2}\})?)*(?:${atom}(?:[*+?]|\{\d{1,2},\d{0,2}\}))?(?:${atom}(?:\{\d\})?){0,20}\$$`,
)

/** Anchored at both ends, no groups, no choice, one open repetition and a short rest behind it: at most the rest is tried again at each place. */
function nativeRegExp(pattern: string, flags: string): RegExp | null {
  if (!plain.test(pattern)) return null
  try {
    return new RegExp(pattern, flags)
  } catch {
    return null
  }
}
