import { describe, expect, it } from 'vitest'
import { run } from '../processes.js'
import { openServer } from '../server/open-server.js'
import { deadLetter } from '../server/small-operations.js'

/** A bus with so many dead letters: every tenth is not open any more. */
async function busWith(count: number) {
  const server = await openServer()
  const { operations } = server.bus
  for (let n = 1; n <= count; n++) operations.letters.set(String(n), deadLetter(String(n), n % 10 === 0 ? { state: 'done' } : {}))
  const changes = () => operations.asked.filter((one) => 'dryRun' in (one as object)) as readonly Change[]
  return { operations, changes, cli: (...args: string[]) => run(args, { env: { EVENT_BUS_URL: server.url } }) }
}

interface Change {
  readonly filter: { readonly ids: readonly string[] }
  readonly state: string
  readonly dryRun: boolean
}

describe('many dead letters', () => {
  it('are sent again in pages, the oldest first, each once, with progress', async () => {
    const { cli, changes } = await busWith(2_500)
    const { code, stdout, stderr } = await cli('dlq', 'redrive', '--adapter', 'clinic', '--progress')
    expect([code, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(/2,250 dead letters on the way again\.\n$/)
    const pages = changes().map(({ filter }) => filter.ids.map(Number))
    expect(pages.map(({ length }) => length)).toEqual([1_000, 1_000, 250])
    const open = Array.from({ length: 2_500 }, (_, n) => n + 1).filter((n) => n % 10 !== 0)
    expect(pages.flat()).toEqual(open)
  })

  it('are sent again as far as the bus has room, and how many remain is said', async () => {
    const { cli, operations, changes } = await busWith(3_000)
    operations.room = 1_500
    const dry = await cli('dlq', 'redrive', '--all', '--dry-run', '--json')
    expect(JSON.parse(dry.stdout)).toMatchObject({ taken: 1_500, remaining: 1_200 })
    const { code, stdout, stderr } = await cli('dlq', 'redrive', '--all')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^1,500 dead letters on the way again\.\n1,200 more remain: .*\n$/)
    expect(changes().map(({ filter }) => filter.ids.length)).toEqual([1_000, 500, 1_000, 500])
    const none = await cli('dlq', 'redrive', '--all')
    expect([none.code, none.stdout]).toEqual([1, ''])
    expect(none.stderr).toMatch(/^0 dead letters on the way again\.\n1,200 more remain: /)
  })

  it('are only looked at in a dry run', async () => {
    const { cli, operations, changes } = await busWith(1_200)
    const { code, stdout, stderr } = await cli('dlq', 'skip', '--all', '--dry-run')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1,080 dead letters would be let go.\n' })
    expect(stdout.split('\n')).toHaveLength(1 + 1_080 + 1)
    expect(changes().every(({ dryRun }) => dryRun)).toBe(true)
    expect([...operations.letters.values()].filter(({ state }) => state === 'skipped')).toEqual([])
  })

  it('are listed as far as asked for, over the pages of the bus', async () => {
    const { cli } = await busWith(2_500)
    const listed = JSON.parse((await cli('dlq', 'list', '--count', '2100', '--json')).stdout)
    expect([listed.items.length, listed.items[0].id, listed.items.at(-1).id, listed.next]).toEqual([2_100, '2500', '401', '401'])
    const rest = JSON.parse((await cli('dlq', 'list', '--count', '2100', '--json', '--after', listed.next)).stdout)
    expect([rest.items.length, rest.items[0].id, rest.next]).toEqual([400, '400', undefined])
  })
})
