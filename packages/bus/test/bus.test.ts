import { describe, it } from 'vitest'
import { describeBus } from '#dist/testing/index.js'
import { freshEmbedded } from './storage.js'

describeBus('the bus over the embedded engine', freshEmbedded, { describe, it })
