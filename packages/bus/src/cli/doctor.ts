import type { Command } from 'commander'
import type { BusConfig, Setting } from '../registry/config.js'
import { type BusAddress, busAddress, maskedUrl } from './address.js'
import { busCommand, type CommonOptions } from './command.js'
import { plain, printList, say } from './output.js'

/** One thing that doctor looked at. */
interface Finding {
  readonly name: string
  readonly value: string
  readonly from: string
  readonly where: string
}

/** `hms-sync doctor [FOLDER]` */
export function doctorCommand(): Command {
  return busCommand({
    name: 'doctor',
    description:
      'Show each setting, its value and where it came from, what this machine has, and whether a bus answers. Secrets are masked.\nExit code 1 when the files have faults or no bus answers.',
    examples: [
      ['hms-sync doctor', 'the current folder and EVENT_BUS_URL'],
      ['hms-sync doctor city-sync --url http://127.0.0.1:4281', ''],
    ],
  })
    .argument('[folder]', 'the project folder', '.')
    .action(doctor)
}

async function doctor(folder: string, flags: CommonOptions): Promise<void> {
  const [{ machineFindings }, { describeDataFolder }, { inspectDataFolder, sqliteVersion }] = await Promise.all([
    import('./doctor-machine.js'),
    import('./doctor-data.js'),
    import('../sqlite/inspect-folder.js'),
  ])
  const config = await readConfig(folder)
  const address = busAddress(flags.url)
  const items = [
    ...(config === null ? [] : settingFindings(config)),
    ...clientFindings(address),
    ...machineFindings(sqliteVersion()),
    ...(config === null
      ? []
      : [
          {
            name: 'data folder',
            value: describeDataFolder(await inspectDataFolder(config.data.value)),
            from: '',
            where: config.data.value,
          },
        ]),
  ]
  const { answers, finding } = await askWhetherReady(address)
  if (config === null || !answers) process.exitCode = 1
  await printList([...items, finding], flags, { none: '', columns })
}

const columns = [
  { title: 'WHAT', value: ({ name }: Finding) => name },
  { title: 'VALUE', value: ({ value }: Finding) => value },
  { title: 'FROM', value: ({ from }: Finding) => from },
  { title: 'WHERE', value: ({ where }: Finding) => where },
]

/** null when the files have faults; those are said. */
async function readConfig(folder: string): Promise<BusConfig | null> {
  const [{ loadProject }, { ConfigError }] = await Promise.all([
    import('../registry/load-project.js'),
    import('../registry/config-error.js'),
  ])
  try {
    return (await loadProject({ folder, env: process.env })).config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    say(`The files of ${folder} have faults, so their settings are not known:\n${error.message}`)
    return null
  }
}

function settingFindings({ folder, host, port, data, engine, logLevel }: BusConfig): readonly Finding[] {
  const settings: readonly (readonly [string, Setting<string | number>])[] = [
    ['host', host],
    ['port', port],
    ['data', data],
    ['engine', { ...engine, value: withoutPassword(engine.value) }],
    ['logLevel', logLevel],
  ]
  return [
    { name: 'folder', value: folder, from: '', where: '' },
    ...settings.map(([name, { value, from, where }]) => ({ name, value: String(value), from, where })),
  ]
}

function clientFindings({ url, from, where }: BusAddress): readonly Finding[] {
  const key = process.env.HMS_SYNC_KEY
  return [
    { name: 'bus', value: maskedUrl(url), from, where },
    {
      name: 'name',
      value: process.env.HMS_SYNC_NAME || '-',
      from: process.env.HMS_SYNC_NAME ? 'environment' : 'default',
      where: 'HMS_SYNC_NAME',
    },
    { name: 'key', value: key ? '***' : '-', from: key ? 'environment' : 'default', where: 'HMS_SYNC_KEY' },
  ]
}

async function askWhetherReady(address: BusAddress): Promise<{ readonly answers: boolean; readonly finding: Finding }> {
  const { askBus } = await import('./bus-http.js')
  const finding = (value: string): Finding => ({ name: 'reachable', value, from: '', where: maskedUrl(address.url) })
  try {
    const { durability } = await askBus<{ readonly durability: string }>(address.url.href, '/readyz')
    say(
      'Open: no credentials are configured, so the bus takes the name that each client gives and does not enforce producers and consumers.',
    )
    return { answers: true, finding: finding(`a bus answers; what it acknowledges survives: ${durability}`) }
  } catch (error) {
    say(error instanceof Error ? plain(error.message) : String(error))
    return { answers: false, finding: finding('no bus answers') }
  }
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text
  return maskedUrl(new URL(text))
}
