import { SyncError } from '@hms-sync/client'
import type { AdaptersView } from './route.js'

/** What is asked of a group; `empty` where it is an adapter that has not taken part yet, such as one that does not load. */
export async function ofGroup<T>(adapters: AdaptersView, group: string | undefined, ask: () => Promise<T>, empty: T): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'unknown_group') throw error
    if (!(await adapters.list()).some(({ name }) => name === group)) throw error
    return empty
  }
}
