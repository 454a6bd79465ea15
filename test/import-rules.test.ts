import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: { name: string; comment: string }[]
  options: ICruiseOptions
}

/** For each rule: the file that breaks it, what it imports, and the file that must exist for that import to lead somewhere. */
const breaches: Record<string, readonly [from: string, imports: string, target?: string]> = {
  'no-unresolvable': ['packages/bus/src/lost.ts', './nowhere.js'],
  'no-cycles': ['packages/bus/src/records/a.ts', './b.js', 'packages/bus/src/records/b.ts'],
  'no-undeclared-packages': ['packages/bus/src/registry/undeclared.ts', 'undeclared', 'node_modules/undeclared/index.js'],
  'client-stands-alone': ['packages/client/src/a.ts', '../../adapter/src/x.js', 'packages/adapter/src/x.ts'],
  'client-needs-only-ws': ['packages/client/src/b.ts', 'declared', 'node_modules/declared/index.js'],
  'adapter-knows-only-client': ['packages/adapter/src/a.ts', '../../bus/src/event.js', 'packages/bus/src/event.ts'],
  'undici-in-sinks-only': ['packages/bus/src/adapters/a.ts', 'undici', 'node_modules/undici/index.js'],
  'fastify-in-server-only': ['packages/bus/src/session/a.ts', '@fastify/websocket', 'node_modules/@fastify/websocket/index.js'],
  'commander-in-cli-only': ['packages/bus/src/server/commander.ts', 'commander', 'node_modules/commander/index.js'],
  'sqlite-in-its-driver-only': [
    'packages/bus/src/sqlite/writer.ts',
    '@photostructure/sqlite',
    'node_modules/@photostructure/sqlite/index.js',
  ],
  'sqlite-knows-no-room': ['packages/bus/src/sqlite/a.ts', '../publish/b.js', 'packages/bus/src/publish/b.ts'],
  'engine-knows-its-port': ['packages/bus/src/engines/embedded/a.ts', '../kafka/b.js', 'packages/bus/src/engines/kafka/b.ts'],
  'store-knows-its-port': [
    'packages/bus/src/store/sqlite/a.ts',
    '../../delivery/consumption/lanes.js',
    'packages/bus/src/delivery/consumption/lanes.ts',
  ],
  'ports-know-only-the-event': ['packages/bus/src/engines/engine.ts', './embedded/c.js', 'packages/bus/src/engines/embedded/c.ts'],
  'implementations-in-the-composition-root-only': ['packages/bus/src/server/engine.ts', '../engines/embedded/c.js'],
  'rooms-do-not-look-up': ['packages/bus/src/publish/a.ts', '../server/b.js', 'packages/bus/src/server/b.ts'],
  'adapters-know-the-bus-only': ['packages/bus/src/adapters/b.ts', '../server/b.js'],
  'bus-knows-no-door': ['packages/bus/src/bus.ts', './server/b.js'],
  'session-knows-no-channel': ['packages/bus/src/session/b.ts', '../server/b.js'],
  'server-speaks-to-the-bus': ['packages/bus/src/server/a.ts', '../delivery/consumption/lanes.js'],
  'cli-speaks-through-the-client': ['packages/bus/src/cli/publish.ts', '../registry/read.js', 'packages/bus/src/registry/read.ts'],
  'cli-folder-commands-know-the-registry': ['packages/bus/src/cli/check.ts', '../bus.js'],
  'cli-serve-starts-a-bus': ['packages/bus/src/cli/serve.ts', '../delivery/consumption/lanes.js'],
  'no-testing-in-production': ['packages/bus/src/delivery/a.ts', '../testing/x.js', 'packages/bus/src/testing/x.ts'],
  'no-tests-in-sources': ['packages/bus/src/delivery/b.ts', '../../test/x.js', 'packages/bus/test/x.ts'],
}

const tree = realpathSync(mkdtempSync(join(tmpdir(), 'import-rules-')))
const declared = ['ws', 'declared', 'undici', '@fastify/websocket', 'commander', '@photostructure/sqlite']
let violations: readonly { readonly rule: string; readonly from: string }[] = []

beforeAll(async () => {
  for (const name of ['client', 'adapter', 'bus']) {
    plant(
      `packages/${name}/package.json`,
      JSON.stringify({ name, dependencies: Object.fromEntries(declared.map((dependency) => [dependency, '1.0.0'])) }),
    )
  }
  for (const [, , target] of Object.values(breaches)) {
    if (target === undefined) continue
    plant(target, 'export type Planted = true\n')
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\/index\.js$/.exec(target)?.[1]
    if (name === undefined) continue
    plant(target, 'export {}\n')
    plant(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', type: 'module', exports: './index.js' }))
  }
  plant('packages/bus/src/records/b.ts', "import type { Planted } from './a.js'\nexport type Other = Planted\n")
  for (const [from, imports] of Object.values(breaches))
    plant(from, `import type { Planted } from '${imports}'\nexport type Mine = Planted\n`)
  const { output } = await cruise(['packages'], {
    ...config.options,
    baseDir: tree,
    validate: true,
    ruleSet: { forbidden: config.forbidden } as IFlattenedRuleSet,
  })
  violations = (output as ICruiseResult).summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }))
})

afterAll(() => rmSync(tree, { recursive: true, force: true }))

describe('the import rules', () => {
  it.each(config.forbidden.map(({ name }) => name))('refuse a planted breach of %s', (name) => {
    expect(breaches, 'plant a breach for every rule').toHaveProperty([name])
    expect(violations).toContainEqual({ rule: name, from: breaches[name]![0] })
  })

  it('say what to do instead', () => {
    for (const { comment } of config.forbidden) expect(comment.length).toBeGreaterThan(40)
  })
})

function plant(path: string, text: string): void {
  mkdirSync(join(tree, dirname(path)), { recursive: true })
  writeFileSync(join(tree, path), text)
}
