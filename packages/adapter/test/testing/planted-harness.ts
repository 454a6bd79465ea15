import type { SinkHarness } from '#dist/testing/index.js'
import type { Sink, SinkDelivery, SinkOutcome } from '../../src/sink.js'

/** What a bug changes of a sink; the rest is the sink's own. */
export type Bug = (sink: Sink) => Partial<Sink>

/** The harness with a bug in every sink that it opens. */
export function withBug(harness: SinkHarness, bug: Bug): SinkHarness {
  const plant = (sink: Sink): Sink => {
    const changed = bug(sink)
    return new Proxy(sink, {
      get(target, name) {
        const value: unknown = name in changed ? Reflect.get(changed, name) : Reflect.get(target, name, target)
        return typeof value === 'function' && !(name in changed) ? value.bind(target) : value
      },
    })
  }
  return new Proxy(harness, {
    get(target, name) {
      if (name === 'open') return async () => plant(await target.open())
      if (name === 'reopen') return async () => plant(await target.reopen())
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A bug in what is sent. */
export function beforeApply(change: (deliveries: readonly SinkDelivery[]) => readonly SinkDelivery[]): Bug {
  return (sink) => ({ apply: (deliveries, signal) => sink.apply(change(deliveries), signal) })
}

/** A bug in what is answered. */
export function afterApply(change: (outcomes: readonly SinkOutcome[]) => readonly SinkOutcome[]): Bug {
  return (sink) => ({ apply: async (deliveries, signal) => change(await sink.apply(deliveries, signal)) })
}
