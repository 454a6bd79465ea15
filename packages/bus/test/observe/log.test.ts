import { expect, it } from 'vitest'
import { openLog } from '#dist/observe/log.js'

function logged(level: 'debug' | 'warn' = 'debug') {
  const lines: string[] = []
  return { lines, log: openLog(level, { write: (line: string) => void lines.push(line) }) }
}

it('writes one JSON object a line, whatever stands in it', () => {
  const { lines, log } = logged()
  log.warn({ topic: 'a\n{"level":"error"}\u2028', n: 1 }, 'Two\nlines')
  expect(lines).toHaveLength(1)
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1)
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'warn',
    topic: 'a\n{"level":"error"}\u2028',
    n: 1,
    text: 'Two\nlines',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

it('leaves out what is below its level', () => {
  const { lines, log } = logged('warn')
  log.info({}, 'not this')
  log.error({}, 'but this')
  expect(lines.map((line) => (JSON.parse(line) as { text: string }).text)).toEqual(['but this'])
})

it('blots out secrets by their names, also one level down', () => {
  const { lines, log } = logged()
  log.info({ password: 'hunter2', headers: { authorization: 'Basic hunter2', host: 'localhost' }, 'x-api-key': 'hunter2' }, 'x')
  expect(lines[0]).not.toContain('hunter2')
  expect(lines[0]).toContain('localhost')
})

it('keeps of an error what it says and where, without passwords in URLs and without its odd fields', () => {
  const { lines, log } = logged()
  const error = Object.assign(new Error('connect postgres://bus:hunter2@db:5432/x failed', { cause: new Error('redis://:hunter2@r') }), {
    code: 'ECONNREFUSED',
    config: { password: 'hunter2' },
  })
  log.error({ err: error }, 'x')
  expect(lines[0]).not.toContain('hunter2')
  expect(JSON.parse(lines[0]!)).toMatchObject({
    err: { name: 'Error', code: 'ECONNREFUSED', message: 'connect postgres://bus:[redacted]@db:5432/x failed' },
  })
})
