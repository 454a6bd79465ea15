/**
 * What the SDK promises its users, as behaviours over any bus: run against the server, against `openBus()`, and against
 * the small bus in memory that the SDK's own tests bring. Each behaviour makes its own topics, groups and connections.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Bus } from '#dist/bus.js'
import type { SdkBehaviour, SdkHarness, SdkKit } from './sdk/behaviour.js'
import { groupLoop } from './sdk/group-loop.js'
import { handlers } from './sdk/handlers.js'
import { publishing } from './sdk/publishing.js'
import { reading } from './sdk/reading.js'
import { reconnecting } from './sdk/reconnecting.js'

export type { SdkBehaviour, SdkHarness, SdkKit } from './sdk/behaviour.js'

export const sdkBehaviours: readonly SdkBehaviour[] = [...publishing, ...groupLoop, ...handlers, ...reading, ...reconnecting]

/** Runs all behaviours against what `start` gives. */
export function describeSdk(name: string, start: () => Promise<SdkHarness>): void {
  describe(`the SDK over ${name}`, () => {
    let harness: SdkHarness
    beforeAll(async () => {
      harness = await start()
    })
    afterAll(async () => harness?.close())
    for (const { title, cuts, run } of sdkBehaviours) {
      it(title, async (test) => {
        if (cuts === true && harness.cut === undefined) test.skip('there is no connection to cut')
        const opened: Bus[] = []
        const kit: SdkKit = {
          makeTopic: (options) => harness.makeTopic(options),
          open: async (options) => {
            const bus = await harness.makeBus(options)
            opened.push(bus)
            return bus
          },
          cut: async (bus) => harness.cut?.(bus),
          group: `group-${randomUUID()}`,
        }
        try {
          await run(kit)
        } finally {
          await Promise.all(opened.map((bus) => bus.close({ timeoutMs: 1_000 })))
        }
      })
    }
  })
}
