import type { WireEvent } from '@hms-sync/client'
import type { AdapterRun } from '../../src/running/adapter-run.js'
import type { SinkOutcome } from '../../src/sink.js'

/** One try of one event, and how it ended. */
export function deliver(
  run: AdapterRun,
  event: WireEvent,
  attempt = 1,
): Promise<SinkOutcome & { readonly filtered: boolean; readonly durationMs: number }> {
  return new Promise((resolve) =>
    run.deliver(event, attempt, (outcome, durationMs, filtered) => resolve({ ...outcome, filtered, durationMs })),
  )
}
