/**
 * A bug in a function that no prototype holds: `HMS_SYNC_REWRITE` names a compiled file and what in it is replaced by
 * what, as a JSON list `[file, from, to]`. A text that is not there ends the process: the bug would not be planted.
 */
import { register } from 'node:module'

register('./rewrite-hooks.mjs', import.meta.url, { data: JSON.parse(process.env.HMS_SYNC_REWRITE) })
