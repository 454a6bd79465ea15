import { describe, expect, it } from 'vitest'
import { splitLines } from '#dist/cli/lines.js'

async function linesOf(...chunks: string[]): Promise<string[]> {
  const lines: string[] = []
  for await (const { text, tooLong } of splitLines(inPieces(chunks))) lines.push(tooLong ? 'TOO LONG' : text)
  return lines
}

async function* inPieces(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks
}

describe('splitLines', () => {
  it('joins what arrives in pieces', async () => {
    expect(await linesOf('{"a"', ':1}\n{"b":2}\n{"c', '":3}')).toEqual(['{"a":1}', '{"b":2}', '{"c":3}'])
  })

  it('takes line ends of Windows', async () => {
    expect(await linesOf('1\r\n2\r\n')).toEqual(['1', '2'])
  })

  it('keeps empty lines, so that line numbers are right', async () => {
    expect(await linesOf('1\n\n3\n')).toEqual(['1', '', '3'])
  })

  it('skips a line that never ends and goes on after it', async () => {
    const piece = 'x'.repeat(1_500_000)
    expect(await linesOf(piece, piece, piece, '\n2\n')).toEqual(['TOO LONG', '2'])
  })
})
