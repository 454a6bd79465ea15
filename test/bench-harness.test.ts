import { describe, expect, it } from 'vitest'
import { contest } from '../bench/harness/contest.js'
import type { Run } from '../bench/harness/figure.js'
import { describeFigure } from '../bench/harness/report.js'
import { quantile } from '../bench/harness/statistics.js'
import { RequestTemplate } from '../bench/load/request-template.js'

const run: Run = { rounds: 3, sampleMs: 1, smoke: true, amount: (full) => full, say: () => undefined }

function side(label: string, numbers: readonly number[], calls: string[]) {
  let next = 0
  return {
    label,
    sample: async () => {
      calls.push(label)
      return numbers[next++]!
    },
  }
}

describe('the benchmarks', () => {
  it('sample both sides in turn and leave the warm-up out', async () => {
    const calls: string[] = []
    const figure = await contest(run, {
      name: 'Publish',
      unit: 'events/s',
      measured: side('bus', [1, 80, 90, 40], calls),
      ceiling: side('alone', [1_000, 100, 100, 50], calls),
      wanted: { atLeast: 0.8 },
    })
    expect(calls.join(' ')).toBe('bus alone bus alone bus alone bus alone')
    expect(figure.measured).toMatchObject({ median: 80, least: 40, most: 90 })
    // Of the rounds' ratios, not of the medians: what slowed one round slowed both its sides.
    expect(figure.ratio?.samples).toEqual([0.8, 0.9, 0.8])
    expect(figure.holds).toBe(true)
    expect(describeFigure(figure, undefined)).toContain('wanted: at least 0.8 … holds')
  })

  it('say by how much a figure moved since an earlier run', async () => {
    const sides = { measured: side('bus', [1, 50, 50, 50], []), ceiling: side('alone', [1, 100, 100, 100], []) }
    const now = await contest(run, { name: 'Publish', unit: 'events/s', wanted: { atLeast: 0.8 }, ...sides })
    const earlier = { ...now, ratio: { median: 1, least: 0.9, most: 1.1, samples: [] } }
    expect(now.holds).toBe(false)
    expect(describeFigure(now, earlier)).toContain('now 0.50 times that')
  })

  it('interpolate quantiles', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
    expect(quantile([1, 2, 3], 1)).toBe(3)
  })

  it('send JSON whose numbers count up and whose ids never repeat', () => {
    const spec = { method: 'POST', path: '/', headers: {}, body: '{"a":%number%,"b":"%uuid%"}' }
    const template = new RequestTemplate(spec, '127.0.0.1')
    let number = 0
    const bodies = [0, 1].map(() => {
      template.fill(() => ++number)
      const [head, body] = template.bytes.toString().split('\r\n\r\n')
      expect(head).toContain(`content-length: ${body!.length}`)
      return JSON.parse(body!) as { a: number; b: string }
    })
    expect(bodies[1]!.a - bodies[0]!.a).toBe(1)
    expect(bodies[1]!.b).not.toBe(bodies[0]!.b)
    expect(bodies[0]!.b).toMatch(/^[0-9a-f-]{36}$/)
  })
})
