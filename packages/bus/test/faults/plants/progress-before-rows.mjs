/** The bug: marks of progress are committed before the rows that they are about. */
import { deferMarks } from './defer-marks.mjs'

await deferMarks({ commitsFirst: 'marks' })
