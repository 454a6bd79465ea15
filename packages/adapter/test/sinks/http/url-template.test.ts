import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnfilledUrl, UrlTemplate } from '#dist/sinks/http/url-template.js'
import { eventOf } from '../../test-target.js'

function fill(template: string, payload: unknown, value: unknown = null): string {
  const event = eventOf(payload as never, { key: 'K/1', type: 'permit.approved' })
  return new UrlTemplate(template).fill({ event, value: value as never, attempt: 1, idempotencyKey: 'k' })
}

describe('an address with places to fill', () => {
  it.each([
    ['https://x.gov/permits/{permitId}', '/permits/7'],
    ['https://x.gov/permits/{ permitId }/slots', '/permits/7/slots'],
    ['https://x.gov/{inspector.name}/{items[0].id}', '/J%C3%BCrgen%20O%27Neil/a%2Fb%3Fc'],
    ['https://x.gov/p?id={permitId}&who={inspector.name}', '/p?id=7&who=J%C3%BCrgen%20O%27Neil'],
    ['https://x.gov/{$event.key}/{$event.id}/{type}', '/K%2F1/e-1/permit.approved'],
    ['https://x.gov/{$value.slot}', '/S%261'],
    ['https://x.gov/{open}', '/true'],
    ['https://x.gov/a b/{permitId}', '/a%20b/7'],
    ['https://x.gov', '/'],
    ['https://x.gov/%7Bliteral%7D', '/%7Bliteral%7D'],
  ])('%s becomes %s', (template, expected) => {
    const payload = { permitId: 7, inspector: { name: "Jürgen O'Neil" }, items: [{ id: 'a/b?c' }], open: true }
    expect(fill(template, payload, { slot: 'S&1' })).toBe(expected)
  })

  it.each([
    ['{permitId}', {}, '{permitId} is missing'],
    ['{permitId}', { permitId: null }, '{permitId} is missing'],
    ['{permitId}', { permitId: '' }, '{permitId} is empty'],
    ['{permitId}', { permitId: {} }, '{permitId} is an object'],
    ['{permitId}', { permitId: [1] }, '{permitId} is a list'],
    ['{permitId}', { permitId: '..' }, 'leads to another place'],
    ['{permitId}', { permitId: '.' }, 'leads to another place'],
    ['.{permitId}', { permitId: '.' }, 'leads to another place'],
    ['{permitId}', { permitId: '\ud800' }, 'half of a character'],
    ['{permitId}', { permitId: 'x'.repeat(9_000) }, 'longer than 8000'],
    ['{a}', 'a text', '{a} is missing'],
  ])('refuses %s of %j', (template, payload, message) => {
    expect(() => fill(`https://x.gov/${template}/end`, payload)).toThrow(
      expect.objectContaining({ name: 'UnfilledUrl', message: expect.stringContaining(message) }),
    )
  })

  it.each([
    ['https://{host}/x', 'fills in its host'],
    ['https://x.{zone}.gov/x', 'fills in its host'],
    ['https://x.gov:{port}/', 'fills in its host'],
    ['{all}', 'is not a URL'],
    ['{scheme}://x.gov/', 'is not a URL'],
    ['https://x.gov/{permitId', 'without its other half'],
    ['https://x.gov/permitId}', 'without its other half'],
    ['https://x.gov/{{permitId}}', 'without its other half'],
    ['https://x.gov/#{permitId}', 'never sent'],
    ['https://x.gov/{a b c}', 'is not a path'],
    ['https://x.gov/{"text"}', 'write the text itself'],
    ['https://x.gov/{}', 'a path has 1 to'],
    ['https://x.gov/../../{a}/../../..', ''],
    ['ftp://x.gov/{a}', 'ftp:'],
    ['https://me:pw@x.gov/{a}', 'no name or password'],
    ['nonsense', 'is not a URL'],
  ])('finds fault with %s, or nothing is left of it', (template, message) => {
    expect(() => new UrlTemplate(template)).toThrow(message === '' ? 'fills in {a} where nothing is sent' : message)
  })

  it('lets no value leave its place, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        let path: string
        try {
          path = fill('https://x.gov/a/{v}/z?q={v}&last=1', { v: text })
        } catch (error) {
          return error instanceof UnfilledUrl
        }
        const url = new URL(`https://x.gov${path}`)
        const parts = url.pathname.split('/')
        return (
          url.host === 'x.gov' &&
          url.hash === '' &&
          `${url.pathname}${url.search}` === path &&
          parts.length === 4 &&
          decodeURIComponent(parts[2]!) === text &&
          url.searchParams.get('q') === text &&
          url.searchParams.get('last') === '1'
        )
      }),
      { numRuns: 500 },
    )
  })
})
