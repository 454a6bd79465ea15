import { resolve } from 'node:path'
import { LocatedYaml, type Path } from '@hms-sync/adapter/yaml'
import { parseDuration, SyncError } from '@hms-sync/client'
import type { BusConfig, ConfigFault, HistoryLimits, Limits, NoticeSettings, Setting } from './config.js'
import { faultOfPlace } from './config-error.js'
import type { Environment } from './environment.js'
import { type ProjectFlags, type RawSettings, settingSources, settingsSchema } from './settings-schema.js'
import { Shape } from './shape.js'

type Name = keyof typeof settingSources
type Value = string | number

export interface SettingsInput {
  /** Absolute. */
  readonly folder: string
  readonly flags: ProjectFlags
  readonly environment: Environment
  /** `hms-sync.yaml`, or null when there is none. */
  readonly yaml: LocatedYaml | null
}

/** Every setting by its precedence: flag, environment, file, default. Faults of all four at once; `config` means something only without faults. */
export function readSettings(input: SettingsInput): { readonly config: BusConfig; readonly faults: readonly ConfigFault[] } {
  const yaml = input.yaml ?? new LocatedYaml('hms-sync.yaml', '')
  const raw = (yaml.value ?? {}) as RawSettings
  const faults: ConfigFault[] = [...yaml.faults, ...(yaml.faults.length === 0 ? shape.faults(raw, yaml) : [])]
  const chosen = (name: Name) => choose(name, { ...input, yaml }, raw, faults)
  const [host, port, data, engine, logLevel] = [chosen('host'), chosen('port'), chosen('data'), chosen('engine'), chosen('logLevel')]
  faults.push(...hostFaults(host), ...engineFaults(engine))
  const config: BusConfig = {
    folder: input.folder,
    // A path in the file is meant from the folder, one given on the command line from where it was typed.
    data: {
      ...data.setting,
      value: resolve(data.setting.from === 'flag' || data.setting.from === 'environment' ? '' : input.folder, String(data.setting.value)),
    },
    host: host.setting as Setting<string>,
    port: port.setting as Setting<number>,
    engine: engine.setting as Setting<string>,
    logLevel: logLevel.setting as BusConfig['logLevel'],
    dev: input.flags.dev ?? false,
    limits: faults.length === 0 ? toLimits(raw, yaml, faults) : ({} as Limits),
    notices: faults.length === 0 ? toNotices(raw, yaml, faults) : ({} as NoticeSettings),
    history: faults.length === 0 ? toHistory(raw, yaml, faults) : ({} as HistoryLimits),
  }
  return { config, faults }
}

const shape = new Shape(settingsSchema, 'hms-sync.yaml')

interface Chosen {
  readonly setting: Setting<Value>
  /** A fault at the place the value came from. */
  fault(message: string): ConfigFault
}

function choose(name: Name, input: SettingsInput & { readonly yaml: LocatedYaml }, raw: RawSettings, faults: ConfigFault[]): Chosen {
  const { flag, variable, path } = settingSources[name]
  const given = input.flags[name]
  if (given !== undefined)
    return checked(name, { value: given, from: 'flag', where: flag }, (text, message) => faultOfPlace(flag, text, message), faults)
  const text = input.environment.get(variable)
  if (text !== undefined) {
    const line = input.environment.lineInFile(variable)
    const value = name === 'port' && /^\d{1,9}$/.test(text) ? Number(text) : text
    const where = line === null ? variable : `${variable} (.env:${line})`
    return checked(name, { value, from: 'environment', where }, (shown, message) => faultOfPlace(where, shown, message), faults)
  }
  const value = valueAt(raw, path) ?? (settingSources[name].schema as unknown as { readonly default: Value }).default
  const fault = (message: string) => input.yaml.faultAt(path, message)
  if (input.yaml.has(path)) return { setting: { value, from: 'file', where: `${input.yaml.file}:${input.yaml.lineOf(path)}` }, fault }
  return { setting: { value, from: 'default', where: 'default' }, fault }
}

/** One for each setting on its own, as flags and variables give it. */
const shapes = new Map(
  Object.entries(settingSources).map(([name, { schema }]) => [name, new Shape({ type: 'object', properties: { value: schema } }, name)]),
)

function checked(
  name: Name,
  setting: Setting<Value>,
  faultOf: (text: string, message: string) => ConfigFault,
  faults: ConfigFault[],
): Chosen {
  const fault = (message: string) => faultOf(String(setting.value), message)
  faults.push(
    ...shapes
      .get(name)!
      .check({ value: setting.value })
      .map((misfit) => fault(misfit.message)),
  )
  return { setting, fault }
}

function valueAt(raw: RawSettings, path: Path): Value | undefined {
  let value: unknown = raw
  for (const step of path) value = (value as Record<string, unknown> | null | undefined)?.[step]
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

function hostFaults({ setting, fault }: Chosen): readonly ConfigFault[] {
  const host = String(setting.value)
  if (/^127(\.\d{1,3}){3}$/.test(host) || host === '::1' || host === 'localhost') return []
  return [
    fault(
      'This is not a loopback address, and this version cannot configure credentials yet: whoever reaches the bus could publish in any name. Write 127.0.0.1, ::1 or localhost.',
    ),
  ]
}

function engineFaults({ setting, fault }: Chosen): readonly ConfigFault[] {
  const engine = String(setting.value)
  if (engine === 'embedded') return []
  const broker = /^(nats|kafka|amqps?|rediss?|tls):\/\//i.test(engine)
  return [
    fault(
      broker
        ? 'This names a broker, and this version has the embedded engine only. Write embedded, or leave it out.'
        : 'This is not an engine. Write embedded.',
    ),
  ]
}

function toLimits(raw: RawSettings, yaml: LocatedYaml, faults: ConfigFault[]): Limits {
  const { stallTimeout = '', ...numbers } = raw.limits ?? {}
  const stallTimeoutMs = Math.max(1, durationAt(['limits', 'stallTimeout'], stallTimeout, yaml, faults))
  return { ...(numbers as Omit<Limits, 'stallTimeoutMs'>), stallTimeoutMs }
}

function toNotices(raw: RawSettings, yaml: LocatedYaml, faults: ConfigFault[]): NoticeSettings {
  const { window = '', lag: { events = 0, age = '' } = {} } = raw.notices ?? {}
  return {
    windowMs: Math.max(1_000, durationAt(['notices', 'window'], window, yaml, faults)),
    lag: { events, ageMs: Math.max(1_000, durationAt(['notices', 'lag', 'age'], age, yaml, faults)) },
  }
}

function toHistory(raw: RawSettings, yaml: LocatedYaml, faults: ConfigFault[]): HistoryLimits {
  const { tries = '', deadLetters = '' } = raw.history ?? {}
  return {
    triesMs: durationAt(['history', 'tries'], tries, yaml, faults),
    deadLettersMs: durationAt(['history', 'deadLetters'], deadLetters, yaml, faults),
  }
}

function durationAt(path: Path, text: string, yaml: LocatedYaml, faults: ConfigFault[]): number {
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof SyncError)) throw error
    faults.push(yaml.faultAt(path, 'This is longer than ten years. Write 3650d or less.'))
    return 0
  }
}
