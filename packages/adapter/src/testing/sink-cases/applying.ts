import assert from 'node:assert/strict'
import type { Json } from '@hms-sync/client'
import { badText, type SinkBench, verdictOf } from '../sink-bench.js'
import type { Case } from '../suite.js'

/** Texts that are something else in SQL, HTML, mail headers, CSV, a shell, a path, a template. */
const hostileTexts = [
  "Robert'); DROP TABLE permits; --",
  'a "quoted" word, a comma; a semicolon',
  'back\\slash and `tick`',
  'first line\r\nsecond line\nthird line',
  'x\r\nBcc: mallory@example.org\r\n\r\nanother body',
  '=HYPERLINK("http://example.org")',
  '<script>alert(1)</script> & <b>',
  '{{ref}} $ref $1 %s :1 ?',
  '../../etc/passwd',
  'Grüße, 東京, 😀, e\u0301, \u202Eabc',
  ' leading and trailing ',
  '\u0000 nul and \u0001',
  '',
]

export const applyingCases: readonly Case<SinkBench>[] = [
  {
    name: 'says what it is: kind, target, effect and limits, without a secret',
    async run({ sink, harness }) {
      assert.match(sink.kind, /^[a-z][a-z0-9-]*$/)
      assert.notEqual(sink.target, '')
      assert.ok(['transactional', 'idempotent', 'at_least_once'].includes(sink.effect))
      for (const limit of [sink.maxBatch, sink.concurrency, sink.timeoutMs]) assert.ok(Number.isInteger(limit) && limit >= 1)
      for (const secret of harness.secrets) assert.ok(!`${sink.kind} ${sink.target}`.includes(secret), 'its name holds a secret')
    },
  },
  {
    name: 'applies a delivery, and the system holds it when it says done',
    async run(bench) {
      const delivery = bench.delivery()
      assert.equal(verdictOf(await bench.send(delivery)), 'done')
      await bench.expectEffects(delivery)
    },
  },
  {
    name: 'applies an event without a key',
    async run(bench) {
      const deliveries = bench.deliveries(3, () => ({ key: null }))
      await bench.applyAll(deliveries)
      await bench.expectEffects(...deliveries)
    },
  },
  {
    name: 'applies the events of a key one behind the other',
    async run(bench) {
      const deliveries = bench.deliveries(5, (i) => ({ text: `state ${i}` }))
      for (const delivery of deliveries) assert.equal(verdictOf(await bench.send(delivery)), 'done')
      await bench.expectEffects(...deliveries)
    },
  },
  {
    name: 'takes foreign text as text: it comes out as it went in, or is refused',
    async run(bench) {
      for (const text of hostileTexts) {
        const before = (await bench.harness.effects()).length
        const delivery = bench.delivery({ key: 'k-text', text })
        const outcome = await bench.send(delivery)
        const effects = await bench.harness.effects()
        assert.ok(['done', 'refused'].includes(outcome.outcome), `${JSON.stringify(text)}: ${JSON.stringify(outcome)}`)
        if (outcome.outcome === 'refused') assert.equal(effects.length, before, JSON.stringify(text))
        else assert.deepEqual(effects.slice(before), [delivery.value], JSON.stringify(text))
      }
    },
  },
  {
    name: 'takes foreign text in a key as text, too',
    async run(bench) {
      for (const key of hostileTexts.filter((text) => text.trim() !== '')) {
        const before = (await bench.harness.effects()).length
        const delivery = bench.delivery({ key })
        const outcome = await bench.send(delivery)
        const effects = await bench.harness.effects()
        assert.ok(['done', 'refused'].includes(outcome.outcome), `${JSON.stringify(key)}: ${JSON.stringify(outcome)}`)
        if (outcome.outcome === 'done') assert.deepEqual(effects.slice(before), [delivery.value], JSON.stringify(key))
      }
    },
  },
  {
    name: 'never throws, whatever the mapping made',
    async run(bench) {
      const values: readonly Json[] = [
        null,
        true,
        7,
        Number.MAX_SAFE_INTEGER,
        'a text',
        [],
        [{ key: 'k', ref: 'r', text: 't' }],
        {},
        { key: null, ref: null, text: null },
        { key: { nested: ['deep', { deeper: true }] }, ref: [], text: {} },
        { 'key"; --': 1, '': 2, 'no such field': 3 },
        JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}') as Json,
        { key: 'k', ref: 'r', text: 'x'.repeat(1_000_000) },
      ]
      for (const value of values) await bench.send({ ...bench.delivery(), value })
      // It has not lost its wits over it.
      const delivery = bench.delivery({ key: 'k-after' })
      assert.equal(verdictOf(await bench.send(delivery)), 'done')
    },
  },
  {
    name: 'refuses what the system will never take, with a reason, and the system holds nothing of it',
    skip: ({ harness }) => (harness.refusesBadText === true ? null : harness.refusesBadText.impossible),
    async run(bench) {
      const bad = bench.delivery({ key: 'k-bad', text: badText })
      const good = bench.delivery({ key: 'k-good' })
      assert.equal(verdictOf(await bench.send(bad)), 'refused')
      assert.equal(verdictOf(await bench.send(good)), 'done')
      await bench.expectEffects(good)
    },
  },
  {
    name: 'keeps the outcomes of calls apart that run at once',
    async run(bench) {
      const { concurrency } = bench.sink
      const refuses = bench.harness.refusesBadText === true
      const bad = (i: number): boolean => refuses && i % 3 === 1
      const deliveries = bench.deliveries(concurrency * 2, (i) => ({ key: `k-${i}`, ...(bad(i) ? { text: badText } : {}) }))
      const waiting = deliveries.entries()
      const work = async (): Promise<void> => {
        for (const [i, delivery] of waiting) assert.equal(verdictOf(await bench.send(delivery)), bad(i) ? 'refused' : 'done')
      }
      await Promise.all(Array.from({ length: concurrency }, work))
      await bench.expectEffects(...deliveries.filter((_, i) => !bad(i)))
    },
  },
]
