import { follow, type Plain, parsePlain } from '../../mapping/path.js'
import type { SinkDelivery } from '../../sink.js'

const maxTemplates = 20
const maxPathCharacters = 8_000

/** What a template is filled from: the payload, `$event.…` the event's own fields, `$value.…` what `map` made. */
type Piece = { readonly text: string } | { readonly shown: string; readonly root: 'payload' | 'event' | 'value'; readonly path: Plain }

/**
 * An address with places that each event fills: `https://legacy.gov/permits/{permitId}?office={$event.source}`. What is
 * filled in is percent-encoded as a whole, so it can end no segment and begin no query. The host is never filled in:
 * an event must not choose who gets it and its credentials.
 */
export class UrlTemplate {
  readonly origin: string
  /** The part behind the origin, when nothing is to be filled in; else null. */
  readonly constant: string | null
  readonly #pieces: readonly Piece[]
  readonly #hidden: number | 'all'

  /**
   * @param hidden How many characters behind the host may be a secret, as in the addresses of many chat systems.
   * @throws SyntaxError that says what to write instead.
   */
  constructor(text: string, hidden: number | 'all' = 0) {
    this.#hidden = hidden
    const { plain, templates } = takeTemplates(text)
    if (!URL.canParse(plain)) throw new SyntaxError('is not a URL; write one such as https://city-schedule.gov/api/slots')
    const url = new URL(plain)
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new SyntaxError(`speaks "${url.protocol}"; write an address with https: or http:`)
    if (url.username !== '' || url.password !== '')
      throw new SyntaxError("must hold no name or password; write auth: { basic: { user: 'env:NAME', password: 'env:NAME' } }")
    this.origin = url.origin
    const behind = `${url.pathname}${url.search}`
    this.constant = templates.length === 0 ? behind : null
    this.#pieces = putBack(behind, templates)
  }

  /** Every text of the address that is written and not filled in, for whoever must keep it secret. */
  get literals(): readonly string[] {
    return this.#pieces.flatMap((piece) => ('text' in piece ? [piece.text] : []))
  }

  /** What may be shown of a filled path and query. */
  shown(path: string): string {
    if (this.#hidden === 'all') return '/…'
    return this.#hidden === 0 ? path : `/…${path.slice(this.#hidden)}`
  }

  /**
   * Path and query for this delivery.
   * @throws UnfilledUrl when the event has no such value, or one that no address can hold.
   */
  fill(delivery: SinkDelivery): string {
    if (this.constant !== null) return this.constant
    let path = ''
    for (const piece of this.#pieces) path += 'text' in piece ? piece.text : encoded(piece.shown, found(piece, delivery))
    if (path.length > maxPathCharacters) throw new UnfilledUrl(`the filled address is longer than ${maxPathCharacters} characters`)
    const dots = /(?:^|\/)(?:\.|%2e){1,2}(?=[/?]|$)/i.exec(path)
    if (dots !== null) throw new UnfilledUrl('a part of the filled address is "." or "..", which leads to another place')
    return path
  }
}

/** This event has no address. Its message says which value is missing or cannot stand in one. */
export class UnfilledUrl extends Error {
  override readonly name = 'UnfilledUrl'
}

interface Template {
  readonly token: string
  readonly piece: Exclude<Piece, { readonly text: string }>
}

/** Puts a word that every part of a URL leaves as it is in the place of each template. */
function takeTemplates(text: string): { readonly plain: string; readonly templates: readonly Template[] } {
  const templates: Template[] = []
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i.exec(text)?.[0] ?? ''
  if (/[{}]/.test(origin)) throw new SyntaxError('fills in its host; only what stands behind the host can hold {…}')
  const plain = text.replace(/\{([^{}]*)\}/g, (shown: string, source: string) => {
    const token = `hms-filled-${templates.length}-`
    templates.push({ token, piece: readTemplate(shown, source) })
    return token
  })
  if (templates.length === 0 && !/[{}]/.test(text)) return { plain, templates }
  if (origin === '') throw new SyntaxError('is not a URL; write one such as https://legacy.gov/permits/{permitId}')
  if (/[{}]/.test(plain)) throw new SyntaxError('has a "{" or "}" without its other half; a brace of the address itself is %7B or %7D')
  if (templates.length > maxTemplates) throw new SyntaxError(`fills in more than ${maxTemplates} values`)
  if (plain.slice(0, plain.indexOf(templates[0]!.token)).includes('#'))
    throw new SyntaxError('fills in what stands behind "#", which is never sent')
  if (text.includes('hms-filled-')) throw new SyntaxError('holds the word "hms-filled-", which is used inside')
  return { plain, templates }
}

function readTemplate(shown: string, source: string): Template['piece'] {
  try {
    const ofValue = /^\s*\$value(?:\.|\s*$)/.exec(source)
    if (ofValue !== null) return { shown, root: 'value', path: parsePlain(source.slice(ofValue[0].length).trim() || '$') }
    const path = parsePlain(source)
    if ('literal' in path) throw new SyntaxError('write the text itself')
    return { shown, root: path.from, path }
  } catch (error) {
    throw new SyntaxError(`cannot fill in ${shown.slice(0, 100)}: ${(error as Error).message}`)
  }
}

function putBack(behind: string, templates: readonly Template[]): Piece[] {
  const pieces: Piece[] = []
  let rest = behind
  for (const { token, piece } of templates) {
    const at = rest.indexOf(token)
    if (at < 0) throw new SyntaxError(`fills in ${piece.shown.slice(0, 100)} where nothing is sent, such as behind "#"`)
    if (at > 0) pieces.push({ text: rest.slice(0, at) })
    pieces.push(piece)
    rest = rest.slice(at + token.length)
  }
  if (rest !== '') pieces.push({ text: rest })
  return pieces
}

function found({ root, path }: Template['piece'], { event, value }: SinkDelivery): unknown {
  if ('literal' in path) return path.literal
  const there = follow(path.steps, root === 'value' ? value : root === 'event' ? event : event.payload)
  // As in `map`, the event's type stands beside the fields of the payload.
  const isType = root === 'payload' && path.steps.length === 1 && path.steps[0]!.field === 'type'
  return there === undefined && isType ? event.type : there
}

function encoded(shown: string, value: unknown): string {
  if (value === undefined || value === null || value === '')
    throw new UnfilledUrl(`${shown} is ${value === '' ? 'empty' : 'missing'} in this event`)
  if (typeof value === 'object')
    throw new UnfilledUrl(`${shown} is ${Array.isArray(value) ? 'a list' : 'an object'}, which no address can hold`)
  try {
    // encodeURIComponent leaves five characters that RFC 3986 reserves.
    return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value)).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  } catch {
    throw new UnfilledUrl(`${shown} holds half of a character, which no address can hold`)
  }
}
