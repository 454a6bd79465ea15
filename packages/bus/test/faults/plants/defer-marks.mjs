const { SqliteConnection } = await import(new URL('../../../../adapter/dist/sinks/sqlite/sqlite-connection.js', import.meta.url).href)

/** Long enough that a kill falls between the two. */
const betweenMs = 15
const moment = new Int32Array(new SharedArrayBuffer(4))

/** Takes rows and marks apart: `rows`: first the rows are committed, then the marks; `marks`: the other way round. */
export async function deferMarks({ commitsFirst }) {
  const { run } = SqliteConnection.prototype
  const deferred = new WeakMap()
  SqliteConnection.prototype.run = function (sql, values) {
    const real = (text, given = []) => run.call(this, text, given)
    if (sql.startsWith('INSERT INTO hms_sync_progress')) {
      if (commitsFirst === 'marks') {
        const changed = real(sql, values)
        real('COMMIT')
        Atomics.wait(moment, 0, 0, betweenMs)
        real('BEGIN IMMEDIATE')
        return changed
      }
      // Whether they are new is found out all the same, and taken back.
      real('SAVEPOINT looked')
      const changed = real(sql, values)
      real('ROLLBACK TO SAVEPOINT looked')
      deferred.set(this, [...(deferred.get(this) ?? []), [sql, values]])
      return changed
    }
    const result = real(sql, values)
    if (sql === 'ROLLBACK') deferred.delete(this)
    if (sql === 'COMMIT') {
      Atomics.wait(moment, 0, 0, betweenMs)
      for (const [text, given] of deferred.get(this) ?? []) real(text, given)
      deferred.delete(this)
    }
    return result
  }
}
