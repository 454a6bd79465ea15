import { SyncError } from '@hms-sync/client'
import type { PageOptions } from '../../operations.js'

const most = 1_000
const byDefault = 100

/** @throws SyncError `invalid_request`. */
export function pageLimit({ limit = byDefault }: PageOptions): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw new SyncError('invalid_request', `limit is a whole number from 1 to ${most}.`)
}
