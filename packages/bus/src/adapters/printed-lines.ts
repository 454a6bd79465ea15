import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { printable } from '@hms-sync/adapter/host'
import type { Clock } from '../clock.js'

const maxLineCharacters = 500
/** A mapping that prints for every event must not drown the log, nor cost the main thread more than the events do. */
const maxLinesPerSecond = 20

/** Passes on what an adapter prints, line by line: escaped, cut, and no more than the log can bear. */
export function passOnLines(stream: Readable, clock: Clock, say: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let second = 0
  let said = 0
  let left = 0

  stream.on('data', (chunk: Buffer) => {
    newSecond()
    if (said >= maxLinesPerSecond) {
      left += countLines(chunk)
      rest = ''
      return
    }
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = (lines.pop() ?? '').slice(0, maxLineCharacters + 1)
    for (const line of lines) sayLine(line)
  })
  stream.on('end', () => {
    if (rest !== '') sayLine(rest)
    if (left > 0) say(`(${left} lines more were left out)`)
  })

  function sayLine(line: string): void {
    if (said++ >= maxLinesPerSecond) left++
    else if (line !== '') say(printable(line, maxLineCharacters))
  }

  function newSecond(): void {
    const now = Math.floor(clock.monotonic() / 1_000)
    if (now === second) return
    second = now
    said = 0
    if (left > 0) say(`(${left} lines more were left out)`)
    left = 0
  }
}

function countLines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++
  return count
}
