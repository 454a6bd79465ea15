/** For whoever runs adapters: the bus for the files in `adapters/`, a process of its own beside a system. */
export type { Adapter, TopicChoice } from './adapter.js'
export { leaseMs } from './lease.js'
export { mappingMark } from './mapping/mapping-mark.js'
export { printable } from './printable.js'
export { readAdapter } from './reading/read-adapter.js'
export { AdapterRun } from './running/adapter-run.js'
export type { Effect, SinkOutcome } from './sink.js'
export { toWireOutcome } from './wire-outcome.js'
