export type { Effect, Sink, SinkDelivery, SinkOutcome } from './sink.js'
export type { Source } from './source.js'
