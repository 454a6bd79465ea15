import { describe, expect, it, onTestFinished } from 'vitest'
import { run, temporaryFolder } from '../processes.js'

/** Nothing listens there: what is not refused before a bus is asked ends with 1. */
const env = { EVENT_BUS_URL: 'http://127.0.0.1:9' }

const wrongLines: readonly (readonly [value: string, ...line: string[]])[] = [
  ['abc', 'serve', '--port', 'abc'],
  ['x', 'deliveries', '--count', 'x'],
  ['lately', 'deliveries', '--since', 'lately'],
  ['lost', 'deliveries', '--outcome', 'lost'],
  ['next', 'deliveries', '--after', 'next'],
  ['opened', 'dlq', 'list', '--state', 'opened'],
  ['maping', 'dlq', 'list', '--error-class', 'maping'],
  ['all', 'dlq', 'list', '--until', 'all'],
  ['first', 'dlq', 'show', 'first'],
  ['x', 'dlq', 'edit', 'x', '--payload', '{}'],
  ['x', 'dlq', 'redrive', '12', 'x'],
  ['x', 'dlq', 'skip', '--id', '12', 'x'],
  ['13h30', 'subscribe', 'a', '--since', '13h30'],
  ['later', 'subscribe', 'a', '--group', 'b', '--from', 'later'],
  ['later', 'groups', 'seek', 'a', 'later'],
  ['ever', 'replay', '--adapter', 'a', '--since', 'ever'],
  ['ever', 'adapters', 'test', 'a', '--since', 'ever'],
  ['2026', 'publish', 'a', '{}', '--time', '2026'],
  ['amqp:', 'topics', 'list', '--url', 'amqp://localhost'],
]

describe('a value on the command line that cannot be right', () => {
  it.each(wrongLines)('%s: exits 2 without asking a bus, for %s %s %s %s', async (value, ...line) => {
    const { code, stdout, stderr } = await run(
      line.filter((word) => word !== undefined),
      { env },
    )
    expect([stderr, code, stdout]).toEqual([expect.stringContaining(value), 2, ''])
  })

  it.each([
    ['--log-level', 'loud'],
    ['--engine', 'x'],
    ['--host', '0.0.0.0'],
  ])('is told apart from a fault of the files: serve %s %s', async (flag, value) => {
    const { path, remove } = await temporaryFolder({ 'topics.yaml': 'a: {}\n' })
    onTestFinished(remove)
    const { code, stderr } = await run(['serve', path, '--port', '0', flag, value])
    expect([stderr, code]).toEqual([expect.stringContaining(`${flag}: "${value}"`), 2])
  })

  it('is told apart from a name that is taken: topics add', async () => {
    const { path, remove } = await temporaryFolder({ 'topics.yaml': 'a: {}\n' })
    onTestFinished(remove)
    const add = async (...words: string[]) => (await run(['topics', 'add', ...words, '--folder', path])).code
    expect([await add('b', '--retention', 'long'), await add('no name'), await add('a'), await add('b')]).toEqual([2, 2, 1, 0])
  })
})
