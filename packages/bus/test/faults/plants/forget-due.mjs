/** The bug: at a restart what waits for its next try is due at once. */
import { dist } from './dist.mjs'

const { SqliteStore } = await dist('store/sqlite/sqlite-store.js')
const { retries } = SqliteStore.prototype
SqliteStore.prototype.retries = async function (...place) {
  return (await retries.apply(this, place)).map((retry) => ({ ...retry, dueAt: 0 }))
}
