import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { ConfigFault, Project } from '#dist/registry/config.js'
import { ConfigError, renderFault } from '#dist/registry/config-error.js'
import { loadProject, type ProjectSource } from '#dist/registry/load-project.js'

const made: string[] = []
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))))

/** A fresh folder with these files; it goes when the test file is through. */
export async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hms-sync-project-'))
  made.push(folder)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

export async function load(files: Readonly<Record<string, string | Buffer>>, rest: Partial<ProjectSource> = {}): Promise<Project> {
  return loadProject({ folder: await folderWith(files), env: {}, ...rest })
}

/** The rendered faults of a project that must not load. */
export async function faultsOf(
  files: Readonly<Record<string, string | Buffer>>,
  rest: Partial<ProjectSource> = {},
): Promise<readonly string[]> {
  return (await configFaultsOf(files, rest)).map(renderFault)
}

export async function configFaultsOf(
  files: Readonly<Record<string, string | Buffer>>,
  rest: Partial<ProjectSource> = {},
): Promise<readonly ConfigFault[]> {
  try {
    await load(files, rest)
  } catch (error) {
    if (error instanceof ConfigError) return error.configFaults
    throw error
  }
  return []
}
