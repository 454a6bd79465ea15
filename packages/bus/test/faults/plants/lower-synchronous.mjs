/** The bug: a commit does not wait for the disk. */
import { dist } from './dist.mjs'

const { Writer } = await dist('sqlite/writer.js')
const { open } = Writer
Writer.open = (settings, signal) => open.call(Writer, { ...settings, synchronous: 'normal' }, signal)
