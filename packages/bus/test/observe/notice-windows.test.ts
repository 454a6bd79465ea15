import { describe, expect, it } from 'vitest'
import { NoticeWindows } from '#dist/observe/notice-windows.js'
import type { Notice } from '#dist/observe/notices.js'
import { ManualClock } from '#dist/testing/manual-clock.js'

const windowMs = 600_000

describe('notices', () => {
  it('tells the first of a kind at once, and what it left out with its count when the window ends', () => {
    const { windows, clock, told } = start()
    for (const n of [1, 2, 3, 4]) windows.tell(deadLetter('clinic', n))
    expect(told).toEqual([[1, 0]])
    clock.advance(windowMs - 1)
    expect(told).toHaveLength(1)
    clock.advance(1)
    expect(told).toEqual([
      [1, 0],
      [4, 2],
    ])
  })

  it('begins a new window with what it tells at the end of one, and none when nothing was left out', () => {
    const { windows, clock, told } = start()
    windows.tell(deadLetter('clinic', 1))
    windows.tell(deadLetter('clinic', 2))
    clock.advance(windowMs)
    windows.tell(deadLetter('clinic', 3))
    expect(told).toHaveLength(2)
    clock.advance(windowMs)
    expect(told.at(-1)).toEqual([3, 0])
    clock.advance(windowMs)
    windows.tell(deadLetter('clinic', 4))
    expect(told.at(-1)).toEqual([4, 0])
  })

  it('keeps causes, subjects and topics apart', () => {
    const { windows, told } = start()
    windows.tell(deadLetter('clinic', 1))
    windows.tell(deadLetter('payroll', 2))
    windows.tell({ ...deadLetter('clinic', 3), topic: 'hours' })
    windows.tell({ ...deadLetter('clinic', 4), cause: 'lag' })
    expect(told.map(([n]) => n)).toEqual([1, 2, 3, 4])
  })

  it('does not tell at the end of a window that a target fails when it has recovered since', () => {
    const { windows, clock, told } = start()
    const state = (cause: Notice['cause'], n: number) => windows.tell({ cause, subject: 'clinic', text: '', details: { n } })
    state('target_failing', 1)
    clock.advance(1_000)
    state('target_recovered', 2)
    state('target_failing', 3)
    clock.advance(1_000)
    state('target_recovered', 4)
    clock.advance(2 * windowMs)
    expect(told.map(([n]) => n)).toEqual([1, 2, 4])
  })

  it('logs each gap, and of the others those that it tells', () => {
    const { windows, lines } = start()
    for (const n of [1, 2]) windows.tell({ cause: 'gap', subject: 'clinic', text: 'trimmed', details: { n } })
    for (const n of [1, 2]) windows.tell(deadLetter('clinic', n))
    expect(lines.map(({ level, text }) => [level, text])).toEqual([
      ['warn', 'trimmed'],
      ['warn', 'trimmed'],
      ['warn', 'gave up'],
    ])
    expect(lines[2]?.fields).toEqual({ notice: 'dead_letter', subject: 'clinic', topic: 'permits', n: 1 })
  })

  it('holds no more windows than it may, and logs what it cannot tell', () => {
    const { windows, told, lines } = start()
    for (let n = 0; n < 10_050; n++) windows.tell(deadLetter(`g${n}`, n))
    expect(told).toHaveLength(10_000)
    expect(lines).toHaveLength(10_050)
  })

  it('says nothing after it was closed, twice', () => {
    const { windows, clock, told } = start()
    windows.tell(deadLetter('clinic', 1))
    windows.tell(deadLetter('clinic', 2))
    windows.close()
    windows.close()
    windows.tell(deadLetter('payroll', 3))
    clock.advance(windowMs)
    expect(told).toHaveLength(1)
  })
})

function start() {
  const clock = new ManualClock()
  const told: (readonly [unknown, number])[] = []
  const lines: { readonly level: string; readonly fields: object; readonly text: string }[] = []
  const say = (level: string) => (fields: object, text: string) => void lines.push({ level, fields, text })
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const windows = new NoticeWindows({ clock, log, windowMs, publish: (notice, unsaid) => told.push([notice.details?.n, unsaid]) })
  return { windows, clock, told, lines }
}

function deadLetter(subject: string, n: number): Notice {
  return { cause: 'dead_letter', subject, topic: 'permits', text: 'gave up', details: { n } }
}
