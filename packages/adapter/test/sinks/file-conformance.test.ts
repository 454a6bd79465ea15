import { describe, it } from 'vitest'
import { describeSink } from '#dist/testing/index.js'
import { FileHarness } from './file-harness.js'

const columns = ['key', 'ref', 'text']

describeSink('file, NDJSON', () => new FileHarness({ format: 'ndjson' }), { describe, it })
describeSink('file, CSV', () => new FileHarness({ format: 'csv', columns }), { describe, it })
describeSink('file, NDJSON, a file for every other event', () => new FileHarness({ format: 'ndjson', rotate: { maxEvents: 2 } }), {
  describe,
  it,
})
