import { follow, type PathExpression, parsePath } from '../../mapping/path.js'
import type { SinkDelivery } from '../../sink.js'

/**
 * Where a text goes, which is what decides how values enter it. `text`: as they are. `html`: as text, never as markup.
 * `header`: on one line. `address`: nothing that could add a recipient or a header.
 */
export type TemplatePlace = 'text' | 'html' | 'header' | 'address'

export type Template = (delivery: SinkDelivery) => string

/** A value that cannot stand where the template puts it. The message names it. */
export class Unfit extends Error {}

const hole = /\{\{\s*(.*?)\s*\}\}/gs

/**
 * A text with holes: `{{inspector.name}}` is a field of what the mapping made, `{{$event.id}}` one of the event's own.
 * A field that is not there leaves nothing. @throws SyntaxError that says what can be written.
 */
export function compileTemplate(text: string, place: TemplatePlace): Template {
  const parts: (string | { readonly path: string; readonly expression: PathExpression })[] = []
  let at = 0
  for (const match of text.matchAll(hole)) {
    const path = match[1]!
    parts.push(text.slice(at, match.index), { path, expression: parsePath(path) })
    at = match.index + match[0].length
  }
  parts.push(text.slice(at))
  return (delivery) =>
    parts.map((part) => (typeof part === 'string' ? part : enter[place](read(part.expression, delivery), part.path))).join('')
}

function read({ from, steps }: PathExpression, { event, value }: SinkDelivery): string {
  const found = follow(steps, from === 'event' ? event : value)
  if (found === undefined || found === null) return ''
  return typeof found === 'string' ? found : JSON.stringify(found)
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const enter: Readonly<Record<TemplatePlace, (value: string, path: string) => string>> = {
  text: (value) => value,
  html: (value) => value.replace(/[&<>"']/g, (character) => entities[character]!),
  header: (value) => value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '),
  address(value, path) {
    if (value.trim() === '') throw new Unfit(`"${path}" is empty, where an address needs it`)
    if (/[\p{Cc}\p{Zl}\p{Zp}<>,;:"\\()[\]]/u.test(value))
      throw new Unfit(`"${path}" holds a character that no address and no name in front of one may have`)
    return value
  },
}
