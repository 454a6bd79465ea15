import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { renderFault } from '#dist/yaml/file-fault.js'
import { LocatedYaml } from '#dist/yaml/located-yaml.js'

const faultsOf = (text: string) => new LocatedYaml('f.yaml', text).faults.map(renderFault)

describe('LocatedYaml', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', 'f.yaml:3:1: "a: 3": This key stands here twice, first on line 1. Keep one of them.'],
    ['a:\n\tb: 1', 'f.yaml:2:1: "\\tb: 1": Indent with spaces; YAML takes no tabs.'],
    ['a: 1\n---\nb: 2\n', 'f.yaml:2:1: "---": One file holds one document. Remove the --- line.'],
    ['a: !secret x', 'f.yaml:1:4: "!secret x": Tags (!name) are not read here. Write the plain value.'],
    ['a: *nowhere', 'f.yaml:1:4: "*nowhere": No anchor &nowhere stands above. Write the value itself.'],
    ['? a\n: 1', 'f.yaml:1:1: "? a": Keys with a question mark are not read here. Write key: value.'],
    ['%YAML 1.1\n---\na: yes', 'f.yaml:1:1: "%YAML 1.1": Files are read as YAML 1.2. Leave the %YAML line out.'],
    ['a: [1, 2\nb: 3', /^f\.yaml:\d:\d.*This is not YAML: /],
    ['a: "x', /^f\.yaml:1:6: This is not YAML: Missing closing "quote/],
  ])('refuses %j', (text, expected) => {
    const [first] = faultsOf(text)
    if (typeof expected === 'string') expect(first).toBe(expected)
    else expect(first).toMatch(expected)
  })

  it('reads yes, no and 010 as YAML 1.2 does', () => {
    expect(new LocatedYaml('f.yaml', 'a: yes\nb: 010\nc: true\n<<: {d: 1}').value).toEqual({ a: 'yes', b: 10, c: true, '<<': { d: 1 } })
  })

  it('refuses alias bombs, deep nesting and large files at once', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefghi'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n')
    const start = performance.now()
    expect(faultsOf(bomb)[0]).toContain('The aliases unfold to far more than the file holds.')
    expect(faultsOf('[ '.repeat(400_000))[0]).toContain('f.yaml:1:129: "[ [')
    expect(faultsOf('- '.repeat(400_000))[0]).toContain('nested more than 64 levels deep')
    expect(faultsOf('? '.repeat(400_000))[0]).toContain('question mark')
    expect(faultsOf('x'.repeat(1_048_577))[0]).toContain('larger than 1 MiB')
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  it('keeps passwords of URLs and long lines out of a fault', () => {
    const yaml = new LocatedYaml('f.yaml', `url: nats://user:hunter2@host:4222/${'x'.repeat(100)}\n`)
    const { text } = yaml.faultAt(['url'], '')
    expect(text).toMatch(/^nats:\/\/…@host:4222\/x+…$/)
    expect(text).toHaveLength(80)
  })

  it('finds every value where it stands, whatever the document', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
    const leaf = fc.oneof(
      fc.integer(),
      fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((s) => !['true', 'false', 'null'].includes(s)),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
        fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4 }), fc.boolean(), (document, flow) => {
        const text = stringify(document, { collectionStyle: flow ? 'flow' : 'block', lineWidth: 0 })
        const yaml = new LocatedYaml('f.yaml', text)
        expect(yaml.value).toEqual({ ...document })
        const lines = text.split('\n')
        for (const [path, value] of leaves(document, [])) {
          const fault = yaml.faultAt(path, '')
          expect(fault.text).toBe(String(value))
          expect(lines[fault.line - 1]?.slice(fault.column - 1).startsWith(String(value))).toBe(true)
        }
      }),
    )
  })
})

function leaves(value: unknown, path: readonly (string | number)[]): (readonly [readonly (string | number)[], unknown])[] {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, [...path, i]))
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
}
