import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DeadLetterDetail, DeadLetterInfo } from '@hms-sync/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FussySystem } from '../fussy-system.js'
import { type BusProcess, command, type Ended, eventually, run, start, startBus, temporaryFolder } from '../processes.js'

/** A topic and an adapter of one name for each test, so that none sees what another left. */
const names = [
  'found',
  'edited',
  'refused',
  'many',
  'ledger',
  'held',
  'replayed',
  'cancelled',
  'reloaded',
  'tested',
  'away',
  'logged',
  'unloadable',
] as const

let bus: BusProcess
let system: FussySystem
let folder: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  system = await FussySystem.start()
  const topics = names.map((name) => `${name}: {key: id${name === 'ledger' ? ', onFailure: park' : ''}}`)
  const adapters = names.map((name) => [`adapters/${name}.yaml`, `url: ${system.url}/${name}\ntopics: ${name}\n`])
  folder = await temporaryFolder({ 'topics.yaml': `${topics.join('\n')}\n`, ...Object.fromEntries(adapters) })
  bus = await startBus(folder.path)
})

afterAll(async () => {
  await bus?.stop()
  system?.close()
  await folder?.remove()
})

/** Without the editor of whoever runs this. */
const environment = (editor = '') => ({ ...bus.env, EDITOR: editor, VISUAL: '' })
const cli = (...args: string[]): Promise<Ended> => run(args, { env: environment() })
// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test looks at
const json = async (...args: string[]): Promise<any> => JSON.parse((await cli(...args, '--json')).stdout)
const publish = (topic: string, payload: object, id: string) => cli('publish', topic, JSON.stringify(payload), '--id', id)
const lettersOf = async (adapter: string, ...flags: string[]): Promise<readonly DeadLetterInfo[]> =>
  (await json('dlq', 'list', '--adapter', adapter, ...flags)).items

/** Publishes what the system refuses and waits for its dead letter. */
async function deadLetter(topic: string, id: string): Promise<string> {
  await publish(topic, { id, ok: false }, `${topic}-${id}`)
  return eventually(async () => (await lettersOf(topic)).find(({ event }) => event === `${topic}-${id}`)?.id)
}

const inState = (id: string, state: string) =>
  eventually(async () => {
    const letter: DeadLetterDetail = await json('dlq', 'show', id)
    return letter.state === state ? letter : undefined
  })

describe('hms-sync dlq, deliveries and trace', () => {
  it('show why a delivery gave up, with nothing in it that a terminal would obey', async () => {
    const id = await deadLetter('found', '1')
    const screens = {
      list: await cli('dlq', 'list', '--adapter', 'found', '--state', 'open'),
      show: await cli('dlq', 'show', id),
      deliveries: await cli('deliveries', '--adapter', 'found', '--outcome', 'refused', '--since', '10m'),
      trace: await cli('trace', 'found-1'),
      group: await cli('groups', 'show', 'found'),
      adapter: await cli('adapters', 'show', 'found'),
      json: await cli('dlq', 'show', id, '--json'),
    }
    for (const [name, { code, stdout, stderr }] of Object.entries(screens)) {
      expect([name, code]).toEqual([name, 0])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect([name, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/.test(stdout + stderr)]).toEqual([name, false])
      expect([name, /422/.test(stdout + stderr)]).toEqual([name, true])
    }
    expect(screens.list.stdout).toMatch(new RegExp(`^ID +STATE +AGE +ADAPTER +TOPIC +KEY +REASON\\n${id} +open +\\S+ +found +found +1 `))
    expect(screens.trace.stdout).toMatch(/bus +accepted from anonymous\n(?:.*\n)*.*found +try 1 +refused/)
    expect(screens.trace.stdout).toMatch(new RegExp(`^found +dead letter ${id} after 1 try`, 'm'))
    expect(JSON.parse(screens.json.stdout)).toMatchObject({ event: 'found-1', key: '1', attempts: 1, errorClass: 'refused' })
  })

  it('are announced by one line of the bus’s log, which says what to do', async () => {
    await deadLetter('logged', '1')
    const lines = bus
      .stderr()
      .split('\n')
      .filter((line) => line.includes('logged-1'))
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', notice: 'dead_letter', text: expect.stringContaining('dlq list --adapter logged') }),
    ])
  })

  it('tell an outage in one line, whatever it took to get through', async () => {
    const path = join(folder.path, 'adapters/away.yaml')
    await writeFile(path, 'url: http://127.0.0.1:9/away\ntopics: away\n')
    await cli('adapters', 'reload', 'away')
    await publish('away', { id: '1', ok: true }, 'away-1')
    const { stdout, stderr } = await eventually(async () => {
      const shown = await cli('adapters', 'list')
      return /^away +failing +1 +0 /m.test(shown.stdout) ? shown : undefined
    })
    expect([stdout, stderr]).toEqual([stdout, expect.stringMatching(/^away: failing since .*; tried next at /m)])
    await eventually(async () => (/and \d+ more like it/.test((await cli('trace', 'away-1')).stdout) ? true : undefined))
    await writeFile(path, `url: ${system.url}/away\ntopics: away\n`)
    await cli('adapters', 'reload', 'away')
    await eventually(async () => (/^away +delivered after/m.test((await cli('trace', 'away-1')).stdout) ? true : undefined))
    expect(await lettersOf('away')).toEqual([])
  })

  it('page through long lists', async () => {
    for (const n of ['2', '3']) await deadLetter('found', n)
    const first = await json('dlq', 'list', '--adapter', 'found', '--count', '2')
    const rest = await json('dlq', 'list', '--adapter', 'found', '--count', '2', '--after', first.next)
    expect([...first.items, ...rest.items].map(({ event }) => event)).toEqual(['found-3', 'found-2', 'found-1'])
    expect(rest.next).toBeUndefined()
  })

  it('say what they do not know, and exit 1', async () => {
    for (const line of [
      ['dlq', 'show', '999999'],
      ['trace', 'no-such-event'],
      ['adapters', 'show', 'foun'],
    ]) {
      const { code, stdout, stderr } = await cli(...line)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^hms-sync: .+\n$/)
    }
    for (const line of [['dlq', 'list'], ['dlq', 'redrive'], ['dlq', 'skip', '--dry-run'], ['deliveries']]) {
      const { code, stderr } = await cli(...line, '--adapter', 'tsted')
      expect([stderr, code]).toEqual([expect.stringMatching(/^hms-sync: There is no group "tsted". Did you mean "tested"\?/), 1])
    }
    expect((await cli('adapters', 'show', 'foun')).stderr).toContain('There are away, cancelled, edited, found')
  })
})

describe('hms-sync dlq edit', () => {
  it('opens the payload in the editor; a redrive sends what was written, as the same event', async () => {
    const id = await deadLetter('edited', '1')
    expect(await run(['dlq', 'edit', id], { env: environment('sed -i s/false/true/') })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`dlq redrive ${id}`),
    })
    expect(await cli('dlq', 'redrive', id)).toMatchObject({ code: 0, stderr: '1 dead letter on the way again.\n' })
    expect(await inState(id, 'done')).toMatchObject({ edited: true, content: { payload: { id: '1', ok: true } } })
    const [first, second] = system.of('edited')
    expect([first!.payload.ok, second!.payload.ok]).toEqual([false, true])
    expect(second!.idempotencyKey).toBe(first!.idempotencyKey)
  })

  it('changes nothing where nothing was changed, and loses nothing that was typed', async () => {
    const id = await deadLetter('refused', '1')
    const editing = (editor: string) => run(['dlq', 'edit', id], { env: environment(editor) })
    expect(await editing('true')).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing changed') })
    expect(await editing('false')).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was changed') })
    for (const [editor, typed] of [
      ['sed -i s/false/fals/', 'fals'],
      [`sed -i 's/"1"/"2"/'`, '"2"'],
    ] as const) {
      const { code, stderr } = await editing(editor)
      const file = /@(\S+payload\.json)/.exec(stderr)?.[1]
      expect([code, stderr, (await readFile(file!, 'utf8')).includes(typed)]).toEqual([1, stderr, true])
      await rm(dirname(file!), { recursive: true })
    }
    expect(await inState(id, 'open')).toMatchObject({ edited: false })
  })

  it('takes the payload as an argument, from a file and from stdin', async () => {
    const id = await deadLetter('refused', '2')
    const file = join(folder.path, 'payload.json')
    await writeFile(file, '{"id":"2","ok":true,"from":"file"}')
    expect(await json('dlq', 'edit', id, '--payload', '{"id":"2","ok":true}')).toMatchObject({ edited: true })
    expect(await json('dlq', 'edit', id, '--payload', `@${file}`)).toMatchObject({ content: { payload: { from: 'file' } } })
    const piped = await run(['dlq', 'edit', id, '--payload', '-', '--json'], { env: bus.env, input: '{"id":"2","ok":true,"from":"pipe"}' })
    expect(JSON.parse(piped.stdout)).toMatchObject({ content: { payload: { from: 'pipe' } } })
    expect(await cli('dlq', 'edit', id, '--payload', '{ok:true}')).toMatchObject({ code: 2 })
    expect(await cli('dlq', 'edit', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('EDITOR') })
  })
})

describe('hms-sync dlq redrive and skip', () => {
  it('take all that are open now, once each: what fails again is left for the next time', async () => {
    for (const n of ['1', '2', '3']) await deadLetter('many', n)
    const dry = await json('dlq', 'redrive', '--adapter', 'many', '--dry-run')
    expect(dry.items).toMatchObject([{ ok: true }, { ok: true }, { ok: true }])
    expect(dry.items.map(({ id }: { id: string }) => Number(id))).toEqual([...dry.items].map(({ id }) => Number(id)).sort((a, b) => a - b))
    expect(await lettersOf('many', '--state', 'open')).toHaveLength(3)
    expect(system.of('many')).toHaveLength(3)

    expect(await cli('dlq', 'redrive', '--adapter', 'many', '--error-class', 'refused', '--since', '1h')).toMatchObject({
      code: 0,
      stderr: '3 dead letters on the way again.\n',
    })
    await eventually(async () => ((await lettersOf('many', '--state', 'open')).length === 3 ? true : undefined))
    expect(system.of('many')).toHaveLength(6)

    system.takesAll = true
    await cli('dlq', 'redrive', '--topic', 'many', '--adapter', 'many')
    await eventually(async () => ((await lettersOf('many', '--state', 'done')).length === 3 ? true : undefined))
    system.takesAll = false
    expect(await cli('dlq', 'redrive', '--adapter', 'many')).toMatchObject({ code: 0, stderr: expect.stringContaining('Nothing happened') })
  })

  it('say which could not be done, and exit 1', async () => {
    const id = await deadLetter('refused', '3')
    const { code, stdout, stderr } = await cli('dlq', 'skip', id, '999999')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '1 dead letter let go, 1 not.\n' })
    expect(stdout).toMatch(/^ID +WHAT\n999999 +not possible: /)
    expect(await inState(id, 'skipped')).toMatchObject({ id })
  })

  it('free what is parked behind them', async () => {
    const id = await deadLetter('ledger', 'a')
    for (const n of [1, 2]) await publish('ledger', { id: 'a', ok: true, n }, `ledger-${n}`)
    await eventually(async () => ((await json('dlq', 'show', id)).parked === 2 ? true : undefined))
    expect((await cli('trace', 'ledger-1')).stdout).toContain('parked')
    await cli('dlq', 'skip', id)
    await eventually(() => (system.of('ledger').length === 3 ? true : undefined))
    expect(system.of('ledger').map(({ payload }) => payload)).toMatchObject([{ ok: false }, { n: 1 }, { n: 2 }])
  })

  it('never take everything by mistake', async () => {
    for (const verb of ['redrive', 'skip']) {
      expect(await cli('dlq', verb)).toMatchObject({ code: 2, stderr: expect.stringContaining('--all') })
      expect(await cli('dlq', verb, '1', '--topic', 'many')).toMatchObject({ code: 2 })
    }
  })
})

describe('hms-sync adapters', () => {
  it('hold a system back and let it go on', async () => {
    expect(await cli('adapters', 'pause', 'held')).toMatchObject({ code: 0, stderr: expect.stringContaining('held is paused') })
    await publish('held', { id: '1', ok: true }, 'held-1')
    await eventually(async () => ((await json('adapters', 'show', 'held')).waiting === 1 ? true : undefined))
    expect((await cli('adapters', 'list')).stdout).toMatch(/^held +paused +1 +0 /m)
    expect(system.of('held')).toEqual([])
    expect(await cli('adapters', 'resume', 'held')).toMatchObject({ code: 0 })
    await eventually(() => (system.of('held').length === 1 ? true : undefined))
  })

  it('load a changed file anew', async () => {
    await writeFile(join(folder.path, 'adapters/reloaded.yaml'), `url: ${system.url}/elsewhere\ntopics: reloaded\n`)
    expect(await cli('adapters', 'reload', 'reloaded')).toMatchObject({ code: 0, stderr: expect.stringContaining('reloaded is running') })
    await publish('reloaded', { id: '1', ok: true }, 'reloaded-1')
    await eventually(() => (system.of('elsewhere').length === 1 ? true : undefined))
  })
})

describe('hms-sync adapters test', () => {
  it('shows what would be sent, and sends nothing', async () => {
    const file = join(folder.path, 'event.json')
    await writeFile(file, '{"id":"77","ok":true}')
    const { code, stdout } = await cli('adapters', 'test', 'tested', '--event', file, '{"id":"78"}')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^tested {2}\S+ {2}key 77\n {2}http .*: sends\n {4}POST .*\/tested\n(?: {4}.*\n)* {4}\{"id":"77","ok":true\}/)
    await publish('tested', { id: '1', ok: true }, 'tested-1')
    await eventually(() => (system.of('tested').length === 1 ? true : undefined))
    expect(await json('adapters', 'test', 'tested', '--since', 'all')).toMatchObject({
      items: [{ event: { id: 'tested-1' }, sinks: [{ verdict: 'sends', value: { id: '1' } }] }],
    })
    const read = await cli('subscribe', 'tested', '--since=all', '--until=now', '--json')
    expect(await json('adapters', 'test', 'tested', '--event', read.stdout)).toMatchObject({ items: [{ event: { id: 'tested-1' } }] })
    expect(system.of('tested')).toHaveLength(1)
  })

  it('exits 1 where an event would be refused, and 2 where none is named', async () => {
    await writeFile(join(folder.path, 'adapters/tested.yaml'), `url: ${system.url}/tested\ntopics: tested\nmap: { n: '$number(id)' }\n`)
    const { code, stdout } = await cli('adapters', 'test', 'tested', '--event', '{"id":"x"}')
    expect([code, stdout.includes('refuses, ')]).toEqual([1, true])
    expect(await cli('adapters', 'test', 'tested')).toMatchObject({ code: 2, stderr: expect.stringContaining('--since 24h') })
    expect(await cli('adapters', 'test', 'tested', '--event', 'no-such-file')).toMatchObject({ code: 1 })
  })
})

describe('hms-sync trace', () => {
  it('says why an event waits', async () => {
    await cli('adapters', 'pause', 'tested')
    await publish('tested', { id: '9', ok: true }, 'tested-9')
    expect((await cli('trace', 'tested-9')).stdout).toMatch(/^tested +waits: its system is paused since .*by hand/m)
    await cli('adapters', 'resume', 'tested')
  })
})

describe('an adapter that failed', () => {
  it('is the reason that trace and groups show give, with its own', async () => {
    await writeFile(join(folder.path, 'adapters/unloadable.yaml'), `url: ${system.url}/unloadable\ntopics: unloadable\nmethd: PUT\n`)
    expect(await cli('adapters', 'reload', 'unloadable')).toMatchObject({ code: 1 })
    await publish('unloadable', { id: '1', ok: true }, 'unloadable-1')
    expect((await cli('trace', 'unloadable-1')).stdout).toMatch(/^unloadable +waits: its adapter failed: .*unloadable\.yaml:3:1.*"method"/m)
    expect((await cli('groups', 'show', 'unloadable')).stderr).toMatch(/^unloadable: its adapter failed: .*unloadable\.yaml:3:1.*"method"/m)
  })
})

describe('hms-sync replay', () => {
  it('sends to one adapter again what it got, and follows until it is done', async () => {
    for (const n of ['1', '2', '3']) await publish('replayed', { id: n, ok: true }, `replayed-${n}`)
    await eventually(() => (system.of('replayed').length === 3 ? true : undefined))
    const replay = await json('replay', '--adapter', 'replayed', '--since', 'all')
    expect(replay).toMatchObject({ group: 'replayed', topics: ['replayed'], state: 'done', sent: 3, failed: 0 })
    const keys = system.of('replayed').map(({ idempotencyKey }) => idempotencyKey)
    expect(keys.slice(3).sort()).toEqual(keys.slice(0, 3).sort())
    expect((await cli('replay', '--list')).stdout).toMatch(new RegExp(`^${replay.id} +replayed +done +all +3 `, 'm'))
  })

  it('is cancelled by Ctrl-C', async () => {
    for (const n of ['1', '2']) await publish('cancelled', { id: n, ok: true }, `cancelled-${n}`)
    await eventually(() => (system.of('cancelled').length === 2 ? true : undefined))
    system.held.add('/cancelled')
    const replaying = start([command, 'replay', '--adapter', 'cancelled', '--since', 'all', '--progress'], { env: bus.env })
    await replaying.says(/sent again/)
    expect(await replaying.stop('SIGINT')).toMatchObject({ code: 1, stderr: expect.stringMatching(/is cancelled: /) })
    system.release('/cancelled')
  })

  it('needs an adapter and a place to begin', async () => {
    expect(await cli('replay', '--adapter', 'replayed')).toMatchObject({ code: 2, stderr: expect.stringContaining('--since 2h') })
    expect(await cli('replay', '--adapter', 'replaid', '--since', '2h')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('replayed'),
    })
  })
})
