import { RE2JS } from 're2js'

/**
 * What JSONata calls for every regular expression: matching takes time linear in the text, whatever the pattern. V8's own
 * engine took 24 s for `/(a+)+$/` on 28 characters (measured), which no time limit of an expression can end.
 */
export class LinearRegex {
  /** Where the next `exec` begins; JSONata reads and sets it. */
  lastIndex = 0
  readonly #compiled: RE2JS

  constructor(regex: RegExp) {
    this.#compiled = compileLinear(regex)
  }

  exec(text: string): (readonly (string | undefined)[] & { readonly index: number }) | null {
    const matcher = this.#compiled.matcher(text)
    if (this.lastIndex > text.length || !matcher.find(this.lastIndex)) {
      this.lastIndex = 0
      return null
    }
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined)
    this.lastIndex = matcher.end()
    return Object.assign(groups, { index: matcher.start() })
  }
}

const compiled = new WeakMap<RegExp, RE2JS>()

/** @throws Error when the pattern needs what cannot be matched in linear time: look-around, back-references. */
export function compileLinear(regex: RegExp): RE2JS {
  const known = compiled.get(regex)
  if (known !== undefined) return known
  const flags = (regex.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (regex.multiline ? RE2JS.MULTILINE : 0)
  const made = RE2JS.compile(RE2JS.translateRegExp(regex.source), flags)
  compiled.set(regex, made)
  return made
}
