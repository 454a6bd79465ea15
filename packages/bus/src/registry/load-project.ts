import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LocatedYaml, maxYamlBytes } from '@hms-sync/adapter/yaml'
import { contractFaults } from '../contracts/compile-contracts.js'
import type { ConfigFault, Project } from './config.js'
import { ConfigError, faultOfPlace } from './config-error.js'
import { Environment } from './environment.js'
import { findAdapters } from './find-adapters.js'
import { findSchemas } from './find-schemas.js'
import { readOptionalFile } from './project-files.js'
import { readSettings } from './read-settings.js'
import { readTopics } from './read-topics.js'
import type { ProjectFlags } from './settings-schema.js'

export interface ProjectSource {
  /** The project folder; relative ones are meant from the current folder. */
  readonly folder: string
  readonly flags?: ProjectFlags
  /** The real environment; `.env` of the folder never overrides it. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads a project folder: `topics.yaml`, `hms-sync.yaml`, `schemas/`, the names in `adapters/`, `.env`. Reads only; runs nothing.
 * @throws ConfigError with every fault of all files at once.
 */
export async function loadProject({ folder: given, flags = {}, env }: ProjectSource): Promise<Project> {
  const folder = resolve(given)
  await mustBeFolder(folder)
  const faults: ConfigFault[] = []
  const environment = new Environment(env, (await readText(folder, '.env', faults)) ?? '')
  const topicsFile = await readYaml(folder, 'topics.yaml', faults)
  if (topicsFile === null && flags.dev !== true && !faults.some((fault) => fault.file === 'topics.yaml'))
    faults.push(faultOfPlace(join(folder, 'topics.yaml'), '', missingTopics))
  const settingsFile = await readYaml(folder, 'hms-sync.yaml', faults)
  const settings = readSettings({ folder, flags, environment, yaml: settingsFile })
  const topics = readTopics(topicsFile ?? new LocatedYaml('topics.yaml', ''))
  const schemas = await findSchemas(folder, topics.topics)
  const adapters = await findAdapters(folder)
  for (const found of [topics, settings, schemas, adapters]) faults.push(...found.faults)
  faults.push(...contractFaults(schemas.topics))
  if (faults.length > 0) throw new ConfigError(faults)
  return {
    config: settings.config,
    topics: schemas.topics,
    adapterFiles: adapters.files,
    environment,
    // A topic that was left out for a fault would make its schema look lost; without faults these are all true.
    remarks: [...topics.remarks, ...schemas.remarks, ...adapters.remarks],
  }
}

/** The variables alone, with `.env` as it is now. @throws ConfigError when `.env` cannot be read. */
export async function loadEnvironment({ folder, env }: Pick<ProjectSource, 'folder' | 'env'>): Promise<Environment> {
  const faults: ConfigFault[] = []
  const text = await readText(resolve(folder), '.env', faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return new Environment(env, text ?? '')
}

const missingTopics =
  'There is no such file. Write one with `hms-sync init`, or start with --dev to let topics come into being at first publish.'

async function mustBeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() !== true)
    throw new ConfigError([faultOfPlace(folder, '', 'There is no such folder. Give the folder that holds topics.yaml.')])
}

async function readYaml(folder: string, file: string, faults: ConfigFault[]): Promise<LocatedYaml | null> {
  const text = await readText(folder, file, faults)
  return text === null ? null : new LocatedYaml(file, text)
}

async function readText(folder: string, file: string, faults: ConfigFault[]): Promise<string | null> {
  const text = await readOptionalFile(join(folder, file), file, maxYamlBytes)
  if (text === null || typeof text === 'string') return text
  faults.push(text)
  return null
}
