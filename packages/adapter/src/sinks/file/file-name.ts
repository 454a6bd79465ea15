/** What a name may hold beside its placeholders; no separator of folders, and no dot in front, which would hide it. */
const safe = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/
const placeholders = /\{(date|time|number|adapter)\}/g
const numberDigits = 6
const maxLength = 100

/** Why a template of names cannot be used, or null. */
export function nameFault(template: string): string | null {
  const sample = template.replace(placeholders, 'x')
  if (safe.test(sample) && sample.length <= maxLength && !sample.includes('..')) return null
  return `a name has at most ${maxLength} letters, digits, "-", "_" and ".", and the placeholders {adapter}, {date}, {time} and {number}`
}

/** The part of a name that stays the same: what the files of one sink are known by. */
export function stem(template: string, adapter: string): string {
  const fixed = template.replaceAll('{adapter}', safeWord(adapter)).replace(placeholders, '')
  return fixed.replaceAll(/[-_.]{2,}/g, '-').replaceAll(/^[-_.]+|[-_.]+$/g, '') || 'events'
}

/** A file's name. A template without `{number}` gets one behind it, so that no two files have the same. */
export function fileName(
  template: string,
  { adapter, at, number }: { readonly adapter: string; readonly at: number; readonly number: number },
): string {
  const [date, time] = new Date(at).toISOString().split(/[T.]/) as [string, string]
  const values: Readonly<Record<string, string>> = {
    adapter: safeWord(adapter),
    date,
    time: time.replaceAll(':', ''),
    number: String(number).padStart(numberDigits, '0'),
  }
  const numbered = template.includes('{number}') ? template : `${template}-{number}`
  return numbered.replace(placeholders, (_, name: string) => values[name]!)
}

function safeWord(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/g, '-') || 'events'
}
