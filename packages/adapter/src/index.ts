export type {
  Adapter,
  AdapterConfig,
  FullForm,
  HttpOptions,
  MapFunction,
  PathMap,
  Route,
  ShortForm,
  SinkForm,
  TopicChoice,
  TopicOptions,
} from './adapter.js'
export { defineAdapter } from './define-adapter.js'
export { deliver } from './deliver.js'
export { hostAdapter } from './host-adapter.js'
export { idempotencyKey } from './idempotency-key.js'
export { readAdapter } from './read-adapter.js'
export type { Effect, Sink, SinkDelivery, SinkOutcome } from './sink.js'
export { http } from './sinks/http.js'
export type { Source } from './source.js'
export { isPattern, matchesTopic } from './topic-pattern.js'
export { toWireOutcome } from './wire-outcome.js'
