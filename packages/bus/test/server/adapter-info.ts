import type { AdapterInfo } from '@hms-sync/client'

/** An adapter that has done nothing yet, but for what the test is about. */
export function adapterInfo(about: Partial<AdapterInfo> & Pick<AdapterInfo, 'name'>): AdapterInfo {
  return {
    state: 'running',
    target: null,
    topics: [],
    delivered: 0,
    failed: 0,
    retried: 0,
    refused: 0,
    inFlight: 0,
    lastError: null,
    restarts: 0,
    ...about,
  }
}
