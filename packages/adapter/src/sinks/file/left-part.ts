import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from './disk.js'
import type { LineFormat } from './line-format.js'
import { type PartState, readPartState } from './part-state.js'

export interface PartPlace {
  readonly folder: string
  /** What the sink's files are known by: names the hidden ones. */
  readonly stem: string
  readonly format: LineFormat
  /** The visible name of a part that is finished. */
  readonly nameOf: (part: { readonly at: number; readonly number: number }) => string
  readonly disk: Disk
}

/** What a life before this one left in the folder; null: nothing. @throws Error that says what an operator must look at. */
export async function readLeft(place: PartPlace): Promise<{ readonly state: PartState; readonly exists: boolean } | null> {
  const text = await readFile(statePath(place), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const state = text === null ? null : readPartState(text)
  if (state === null) return refuseUnknownParts(place)
  const path = partPath(place, state.head.number)
  const size = (await stat(path).catch(() => null))?.size
  if (size !== undefined && size < state.end)
    throw new Error(`${path} is shorter than what was written into it; look at it and move it away`)
  return { state, exists: size !== undefined }
}

/** @throws Error when there is a part of which nobody says what in it is whole. */
async function refuseUnknownParts(place: PartPlace): Promise<null> {
  for (const name of await readdir(place.folder)) {
    if (!name.startsWith(`.${place.stem}.`) || !name.endsWith('.part')) continue
    const path = join(place.folder, name)
    if ((await stat(path)).size > place.format.head.length)
      throw new Error(`${path} lies there without ${statePath(place)}, which says what in it is whole; look at it and move it away`)
  }
  return null
}

/** Each part has a name of its own: after a crash it is clear whether a part is the one that the state tells of, or the next. */
export function partPath({ folder, stem }: PartPlace, number: number): string {
  return join(folder, `.${stem}.${String(number).padStart(6, '0')}.part`)
}

export function statePath({ folder, stem }: PartPlace): string {
  return join(folder, `.${stem}.state`)
}
