export type {
  Adapter,
  AdapterConfig,
  FilterFunction,
  FullForm,
  MapFunction,
  OneSinkForm,
  PathMap,
  PolicyOptions,
  Route,
  RouteOptions,
  ShortForm,
  SinkForm,
  TopicChoice,
} from './adapter.js'
export { defineAdapter } from './define-adapter.js'
export { type HostedAdapter, hostAdapter } from './host-adapter.js'
export { idempotencyKey } from './idempotency-key.js'
export { type RunAdapterOptions, runAdapter } from './run-adapter.js'
export type { Effect, Sink, SinkDelivery, SinkDetail, SinkOutcome } from './sink.js'
export { email } from './sinks/email/email.js'
export type { EmailOptions } from './sinks/email/email-options.js'
export { file } from './sinks/file/file.js'
export type { FileOptions } from './sinks/file/file-options.js'
export type { HttpAuth, HttpBatch, HttpOptions } from './sinks/http/http-options.js'
export { http } from './sinks/http.js'
export { sqlite } from './sinks/sqlite/sqlite.js'
export type { SqliteOptions } from './sinks/sqlite/sqlite-options.js'
export type { Source } from './source.js'
