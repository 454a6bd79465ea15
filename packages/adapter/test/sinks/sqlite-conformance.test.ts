import { describe, it } from 'vitest'
import { describeSink } from '#dist/testing/index.js'
import { SqliteHarness } from './sqlite-harness.js'

describeSink('sqlite', () => new SqliteHarness(), { describe, it })
