import type { Fault, Json } from '@hms-sync/client'

/** Port: what a payload of one topic and version must look like. */
export interface Contract {
  /** The schema language: `json-schema`, later `avro`, `protobuf`. */
  readonly language: string
  /** Every fault of the payload, at most 100, each with its JSON pointer; empty when it fits. Bounded in time by the schema's own limits. Never throws. */
  validate(payload: Json): readonly Fault[]
}
