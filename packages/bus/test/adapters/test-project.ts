import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Environment } from '#dist/registry/environment.js'
import type { Log } from '../../src/observe/log.js'
import type { BusConfig, Project, TopicConfig } from '../../src/registry/config.js'

/** A project folder of files in a temporary place, outside of any npm project. */
export class TestProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'hms-sync-adapters-'))
  readonly #paths: string[] = []
  #topics: TopicConfig[] = []
  /** What the project's `.env` says. */
  variables: Readonly<Record<string, string>> = { TEST_ADAPTER_KEY: 'topsecret-adapter-key' }

  constructor(files: Readonly<Record<string, string>>, topics: readonly TopicConfig[] = [topicOf('permitApproved')]) {
    this.#topics = [...topics]
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  /** @returns the path. */
  write(name: string, text: string): string {
    const path = join(this.folder, 'adapters', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    if (!this.#paths.includes(path)) this.#paths.push(path)
    return path
  }

  forget(name: string): void {
    const path = join(this.folder, 'adapters', name)
    rmSync(path)
    this.#paths.splice(this.#paths.indexOf(path), 1)
  }

  get project(): Project {
    return {
      config: { folder: this.folder } as BusConfig,
      topics: this.#topics,
      adapterFiles: this.#paths.map((path) => ({ name: basename(path).split('.')[0] ?? '', path })),
      environment: new Environment({ ...process.env, ...this.variables }),
      remarks: [],
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export function topicOf(name: string, fields: Partial<TopicConfig> = {}): TopicConfig {
  return {
    name,
    qos: 'at_least_once',
    retentionMs: 604_800_000,
    version: null,
    schemas: [],
    producers: null,
    consumers: null,
    key: null,
    partitions: 1,
    dedupeWindowMs: 86_400_000,
    maxBytes: null,
    durability: null,
    onFailure: 'skip',
    conflict: null,
    description: '',
    ...fields,
  }
}

/** Keeps what was logged. */
export class TestLog implements Log {
  readonly lines: { readonly level: string; readonly text: string; readonly fields: Record<string, unknown> }[] = []

  debug(): void {}
  info(fields: object, text: string): void {
    this.#keep('info', fields, text)
  }
  warn(fields: object, text: string): void {
    this.#keep('warn', fields, text)
  }
  error(fields: object, text: string): void {
    this.#keep('error', fields, text)
  }

  #keep(level: string, fields: object, text: string): void {
    this.lines.push({ level, text, fields: { ...fields } })
  }
}
