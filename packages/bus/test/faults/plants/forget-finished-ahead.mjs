/** The bug: at a restart only the cursor is known, not what was finished ahead of it. */
import { dist } from './dist.mjs'

const { SqliteStore } = await dist('store/sqlite/sqlite-store.js')
const { progress } = SqliteStore.prototype
SqliteStore.prototype.progress = async function () {
  return (await progress.call(this)).map((row) => ({ ...row, ahead: [] }))
}
