/** For whoever runs adapters: the bus for the files in `adapters/`, a process of its own beside a system. */
export type { Adapter, Route, TopicChoice } from './adapter.js'
export { deliver } from './deliver.js'
export { leaseMs } from './lease.js'
export { printable } from './printable.js'
export { readAdapter } from './read-adapter.js'
export type { Sink, SinkDelivery, SinkOutcome } from './sink.js'
export { isPattern, matchesTopic } from './topic-pattern.js'
export { toWireOutcome } from './wire-outcome.js'
