import { describe, expect, it } from 'vitest'
import { AttemptLog, readChunk } from '#dist/delivery/history/attempt-log.js'

describe('the history of tries', () => {
  it('is read as it was written, with what was captured where something was', () => {
    const log = new AttemptLog({ group: 'scheduling', topic: 'permits', partition: 3 })
    const at = Date.parse('2026-11-21T10:00:00Z')
    const report = {
      durationMs: 12.3456,
      status: 201,
      request: 'POST https://x.gov/7',
      answer: '{"id":"S-17"}',
      captured: { schedulingId: 'S-17' },
    }
    log.add({ offset: 5n, event: 'e-5', key: 'K"1', attempt: 1, at, outcome: 'done', reason: undefined, report, replay: false })
    log.add({
      offset: 4n,
      event: 'e-4',
      key: null,
      attempt: 2,
      at,
      outcome: 'refused',
      reason: 'no such slot',
      report: { durationMs: 1, errorClass: 'refused' },
      replay: false,
    })
    log.add({
      offset: 6n,
      event: 'e-6',
      key: null,
      attempt: 1,
      at,
      outcome: 'done',
      reason: undefined,
      report: { durationMs: 2 },
      replay: false,
    })
    const [chunk, ...more] = log.take()
    expect(more).toEqual([])
    expect(chunk).toMatchObject({ group: 'scheduling', topic: 'permits', partition: 3, first: 4n, last: 6n, count: 3, at })
    const shared = { group: 'scheduling', topic: 'permits', at: '2026-11-21T10:00:00.000Z' }
    const nothing = { reason: null, request: null, status: null, answer: null, errorClass: null }
    expect(readChunk(chunk!)).toEqual([
      {
        ...shared,
        ...{ ...nothing, event: 'e-5', position: expect.any(String), key: 'K"1', attempt: 1, durationMs: 12.35, outcome: 'done' },
        ...{ status: 201, request: report.request, answer: report.answer, captured: report.captured },
      },
      {
        ...shared,
        ...{ ...nothing, event: 'e-4', position: expect.any(String), key: null, attempt: 2, durationMs: 1, outcome: 'refused' },
        ...{ reason: 'no such slot', errorClass: 'refused' },
      },
      { ...shared, ...nothing, event: 'e-6', position: expect.any(String), key: null, attempt: 1, durationMs: 2, outcome: 'done' },
    ])
    expect(log.take()).toEqual([])
  })

  it('knows the tries of a replay, and reads rows that were written before there was such a word', () => {
    const log = new AttemptLog({ group: 'scheduling', topic: 'permits', partition: 0 })
    const one = { offset: 5n, event: 'e-5', key: null, attempt: 1, at: 0, outcome: 'done', reason: undefined } as const
    log.add({ ...one, report: { durationMs: 1 }, replay: true })
    log.add({ ...one, report: { durationMs: 1, status: 201, captured: { id: 'S-17' } }, replay: true })
    log.add({ ...one, report: { durationMs: 1, status: 201, captured: { id: 'S-17' } }, replay: false })
    log.add({ ...one, report: { durationMs: 1, status: 201 }, replay: false })
    const [chunk] = log.take()
    const told = readChunk(chunk!).map(({ again, status, captured }) => [again, status, captured])
    expect(told).toEqual([
      ['replay', null, undefined],
      ['replay', 201, { id: 'S-17' }],
      [undefined, 201, { id: 'S-17' }],
      [undefined, 201, undefined],
    ])
    const old =
      '[["5","e-5",null,1,0,1,"done"],["5","e-5",null,1,0,1,"done",201,"POST /x",null,null,null],["5","e-5",null,1,0,1,"done",201,null,null,null,null,{"id":"S-17"}]]'
    expect(readChunk({ ...chunk!, text: old }).map(({ status, captured }) => [status, captured])).toEqual([
      [null, undefined],
      [201, undefined],
      [201, { id: 'S-17' }],
    ])
    for (const attempt of readChunk({ ...chunk!, text: old })) expect(attempt).not.toHaveProperty('again')
  })
})
