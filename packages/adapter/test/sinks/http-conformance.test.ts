import { describe, it } from 'vitest'
import { describeSink } from '#dist/testing/index.js'
import { HttpHarness } from './http-harness.js'

describeSink('http', () => new HttpHarness(), { describe, it })
describeSink('http with batches', () => new HttpHarness({ batch: { size: 50 } }), { describe, it })
describeSink('http that can be asked', () => new HttpHarness({ probes: true }), { describe, it })
