import { describe, expect, it } from 'vitest'
import { compileExpression, isTrue } from '#dist/mapping/expression.js'
import { type Prepared, prepare } from '#dist/mapping/prepare.js'
import { readAdapter } from '#dist/reading/read-adapter.js'
import { eventOf } from '../test-target.js'

const url = 'http://127.0.0.1:9000'
const permit = { id: 7, fee: 250, kind: 'fire', items: [{ n: 1 }, { n: 2 }], inspector: { name: 'Lee' }, note: 'a'.repeat(40) }

async function prepared(config: object, payload: unknown = permit): Promise<Prepared> {
  const [route] = readAdapter({ url, ...config }).routes
  return prepare(route!, eventOf(payload as never, { key: 'k-1' }))
}

describe('an expression in a mapping', () => {
  it('stands wherever a path does, beside paths and literals', async () => {
    const map = {
      id: 'id',
      who: '$uppercase(inspector.name)',
      sum: '$sum(items.n)',
      all: ['items.n[]', 'kind'],
      key: '$event.key & "!"',
      none: 'a.b & c',
    }
    expect(await prepared({ map })).toEqual({
      kind: 'send',
      value: { id: 7, who: 'LEE', sum: 3, all: [[1, 2], 'fire'], key: 'k-1!', none: '' },
    })
  })

  it('may be the whole mapping', async () => {
    expect(await prepared({ map: '{ "permit": id, "numbers": items.n }' })).toEqual({ kind: 'send', value: { permit: 7, numbers: [1, 2] } })
    expect(await prepared({ map: 'inspector' })).toEqual({ kind: 'send', value: { name: 'Lee' } })
  })

  it('says which field of the mapping failed', async () => {
    expect(await prepared({ map: { id: 'id', shown: { who: '$uppercase(id)' } } })).toMatchObject({
      kind: 'refuse',
      reason: expect.stringContaining('shown.who: at character 11: '),
    })
  })

  it('leaves a plain path what it was: a list must be told which item', async () => {
    expect(await prepared({ map: { n: 'items.n' } })).toMatchObject({ kind: 'refuse', reason: expect.stringContaining('say which item') })
  })

  it.each([
    ['$error("no such permit")', /map threw: Error: at character \d+: no such permit/],
    ['$uppercase(id)', /character/],
    ['$eval("1+1")', /\$eval is not there/],
    ['function($x) { $x }', /makes a function/],
    ['nothing.here ~> $lookup("x")', /the result is undefined/],
    ['($f := function($n) { $f($n + 1) }; $f(1))', /timeout/],
    ['($f := function($n) { 1 + $f($n + 1) }; $f(1))', /Stack overflow/],
    ['[1..1000000].($)', /maximum sequence length/],
    ['($s := $pad("x", 1000000); { "a": $s, "b": [$s, $s, $s, $s] })', /more than 4194304 characters/],
    ['$pad("x", 400000000)', /\$pad takes a width of at most/],
    ['($s := $pad("x", 1000000); $length($join([1..500].($s), ",")))', /more than 4194304 characters/],
    ['$length($join([1..500].("y"), $pad("x", 1000000)))', /more than 4194304 characters/],
    ['($s := $pad("x", 1000000); $length([1..500].($s) & ""))', /more than 4194304 characters/],
    ['($f := function($n, $s) { $n = 0 ? $s : $f($n - 1, $s & $s) }; $count($split($f(25, "abcd"), "")))', /more than 4194304 characters/],
    ['($f := function($n, $o) { $n = 0 ? $o : $f($n - 1, { "a": $o, "b": $o }) }; $string($f(30, note)))', /more than 4194304 characters/],
  ])('%s refuses the event with its reason, in bounded time', async (map, reason) => {
    expect(await prepared({ map })).toMatchObject({ kind: 'refuse', reason: expect.stringMatching(reason) })
  })

  it('matches regular expressions in linear time', async () => {
    const started = performance.now()
    expect(await prepared({ map: { ok: '$contains(note, /(a+)+$/)', bad: '$contains(note & "!", /(a+)+$/)' } })).toMatchObject({
      value: { ok: true, bad: false },
    })
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(
      await prepared({
        map: { all: '$match("Ab1 aB2", /([a-z]+)(\\d)/i).groups', cut: '$split("a, b;c", /[,;]\\s*/)', sub: '$replace("x-y", /-/, "+")' },
      }),
    ).toMatchObject({
      value: { all: ['Ab', '1', 'aB', '2'], cut: ['a', 'b', 'c'], sub: 'x+y' },
    })
    expect(() => compileExpression('$contains(a, /(?=x)y/)')).toThrow(/no look-around/)
  })

  it('pads and joins as JSONata does', async () => {
    const map = {
      left: '$pad("é", -3)',
      right: '$pad("é", 4, "-+")',
      same: '$pad("long", 2)',
      joined: '$join(["a", "b"], "; ")',
      plain: '$join("a")',
      none: '$join(nothing)',
    }
    expect(await prepared({ map })).toEqual({
      kind: 'send',
      value: { left: '  é', right: 'é-+-', same: 'long', joined: 'a; b', plain: 'a' },
    })
  })

  it('is evaluated in turn, each for its own event', async () => {
    const evaluate = compileExpression('id + 1')
    expect(await Promise.all([1, 2, 3].map((id) => evaluate({ id }, eventOf(null))))).toEqual([2, 3, 4])
  })
})

describe('a filter', () => {
  it.each([
    ['fee > 100', true],
    ['fee > 300', false],
    ['inspector', true],
    ['missing', false],
    ['items[n > 5]', false],
    ['$event.key = "k-1" and kind in ["fire", "water"]', true],
  ])('%s lets the event through: %s', async (filter, passes) => {
    expect((await prepared({ filter })).kind).toBe(passes ? 'send' : 'skip')
  })

  it('may be a function, also one that takes its time; what it throws refuses the event', async () => {
    expect(await prepared({ filter: ({ fee }: { fee: number }) => fee > 100 })).toMatchObject({ kind: 'send' })
    expect(await prepared({ filter: async () => false })).toEqual({ kind: 'skip', reason: 'filter: it does not pass' })
    const broken = () => {
      throw new Error('no fee')
    }
    expect(await prepared({ filter: broken })).toMatchObject({
      kind: 'refuse',
      reason: expect.stringMatching(/^filter threw at .*: Error: no fee$/),
    })
  })

  it('takes what JSONata takes for true', () => {
    expect([0, '', null, undefined, [], {}, [0, ''], () => 1].map(isTrue)).not.toContain(true)
    expect([1, 'x', { a: 0 }, [0, 1], true].map(isTrue)).not.toContain(false)
  })
})

describe('match', () => {
  it.each([
    [{ kind: 'fire' }, null],
    [{ kind: ['water', 'fire'], 'inspector.name': 'Lee', '$event.key': 'k-1', type: 'permitApproved' }, null],
    [{ 'items.n': 2 }, null],
    [{ 'items[0].n': 1 }, null],
    [{ kind: 'water' }, 'match: kind is not "water"'],
    [{ kind: 'fire', id: [1, 2, '7'] }, 'match: id is not 1 or 2 or "7"'],
    [{ missing: null }, 'match: missing is not null'],
    [{ constructor: null }, 'match: constructor is not null'],
  ])('%j: %s', async (match, reason) => {
    expect(await prepared({ match })).toMatchObject(reason === null ? { kind: 'send' } : { kind: 'skip', reason })
  })
})
