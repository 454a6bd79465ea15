/** The bug: marks of progress are written behind the transaction of their rows, in one of their own. */
import { deferMarks } from './defer-marks.mjs'

await deferMarks({ commitsFirst: 'rows' })
