import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Json, SyncError } from '@hms-sync/client'
import { WrongUse } from './failure.js'

/**
 * Lets a person edit a payload as JSON and hands the result to `send`; null when nothing was changed. What was typed is
 * never lost: where it is no JSON or is refused, its file stays and the error names it.
 */
export async function editPayload<T>(payload: Json, send: (payload: Json) => Promise<T>): Promise<T | null> {
  const editor = process.env.VISUAL || process.env.EDITOR || (process.stdin.isTTY ? 'vi' : '')
  if (editor === '') throw new WrongUse('There is no editor to open. Set EDITOR, or give the payload with --payload.')
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-edit-'))
  const file = join(folder, 'payload.json')
  let keep = false
  try {
    await writeFile(file, `${JSON.stringify(payload, null, 2)}\n`, { mode: 0o600 })
    await openEditor(editor, file)
    const text = await readFile(file, 'utf8')
    keep = true
    const edited = parse(text, file)
    const result = isDeepStrictEqual(edited, payload) ? null : await send(edited).catch((error: unknown) => refused(error, file))
    keep = false
    return result
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true })
  }
}

/** EDITOR may hold options (`code --wait`), so a shell takes it apart; the file is an argument, never part of the text. */
async function openEditor(editor: string, file: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`The editor (${editor}) ended with ${code ?? 'a signal'}. Nothing was changed.`)
}

function parse(text: string, file: string): Json {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`It is not JSON: ${(cause as Error).message.replace(/\s+/g, ' ')}. Nothing was changed. ${goOnWith(file)}`, { cause })
  }
}

function refused(error: unknown, file: string): never {
  if (!(error instanceof SyncError)) throw error
  throw new SyncError(error.code, `${error.message} ${goOnWith(file)}`, { cause: error, faults: error.faults })
}

function goOnWith(file: string): string {
  return `What you typed is kept; mend it and send it with --payload @${file}`
}
