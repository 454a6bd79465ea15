import { describe, it } from 'vitest'
import { describeSink } from '#dist/testing/index.js'
import { EmailHarness } from './email-harness.js'

describeSink('email', () => new EmailHarness(), { describe, it })
