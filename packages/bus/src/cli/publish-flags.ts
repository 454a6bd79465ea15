import type { PublishOptions } from '@hms-sync/client'
import type { CommonOptions } from './command.js'

export interface PublishFlags extends CommonOptions {
  readonly id?: string
  readonly key?: string
  readonly version?: number
  readonly time?: string
  readonly type?: string
  readonly ndjson?: boolean
  readonly envelopes?: boolean
  readonly idFrom?: string
  readonly progress?: boolean
}

/** What every event of this command line has in common. */
export function publishOptions({ id, key, version, time, type }: PublishFlags): PublishOptions {
  return {
    ...(id === undefined ? {} : { id }),
    ...(key === undefined ? {} : { key }),
    ...(version === undefined ? {} : { version }),
    ...(time === undefined ? {} : { time }),
    ...(type === undefined ? {} : { type }),
  }
}
