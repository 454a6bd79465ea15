/** The command's entry: `bin/hms-sync.js` imports this file and nothing else. */
import { run } from './run.js'

process.exitCode = await run(process.argv)
