import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { WrongUse } from './failure.js'

/** The payload's text. Checked here, so that a shell's missing quotes get a hint and not the bus's answer. */
export async function readPayload(input: string | undefined): Promise<string> {
  const text = input !== undefined && input !== '-' && !input.startsWith('@') ? input : await readAll(input)
  try {
    JSON.parse(text)
    return text
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const hint = text === input ? ` Put it in single quotes: '{"permitId":7}'.` : ''
    throw new WrongUse(`The payload is not JSON: ${reason}.${hint}`)
  }
}

async function readAll(input: string | undefined): Promise<string> {
  let text = ''
  for await (const chunk of await openInput(input)) text += chunk
  return text
}

/** The stream behind `@file`, `-`, or a pipe. */
export async function openInput(input: string | undefined): Promise<AsyncIterable<string>> {
  if (input === undefined && process.stdin.isTTY)
    throw new WrongUse('There is no payload. Write it as JSON in single quotes, or name a file with @file, or - for stdin.')
  if (input === undefined || input === '-') return process.stdin.setEncoding('utf8')
  if (!input.startsWith('@')) throw new WrongUse('With --ndjson the payloads come from @file or from stdin (-).')
  const path = input.slice(1)
  const found = await stat(path).catch((cause) => {
    throw new Error(`The file ${path} cannot be read: ${cause.code ?? cause.message}.`, { cause })
  })
  if (found.isDirectory()) throw new Error(`${path} is a folder; name a file.`)
  return createReadStream(path, { encoding: 'utf8' })
}
