/** The bug: an id that was seen before the last restart is taken for a new one. */
import { dist } from './dist.mjs'

const { DedupeWindow } = await dist('publish/dedupe/dedupe-window.js')
DedupeWindow.prototype.candidates = () => []
