import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type CommonOptions, folderCommand } from './command.js'
import { asWrongUse } from './failure.js'
import { print, printJson, say } from './output.js'

interface AddFlags extends CommonOptions {
  readonly folder: string
  readonly key?: string
  readonly qos?: 'at_least_once' | 'exactly_once'
  readonly retention?: string
  readonly schema?: string
  readonly producers?: string[]
  readonly consumers?: string[]
  readonly description?: string
}

/** `hms-sync topics add NAME` */
export function topicsAddCommand(): Command {
  return folderCommand({
    name: 'add',
    description: "Write a topic into the folder's topics.yaml; what stands there stays, with its comments.",
    examples: [
      ['hms-sync topics add payments.issued', 'with the defaults'],
      ['hms-sync topics add payments.issued --key paymentId --retention 30d --consumers treasury-payroll', ''],
      ['hms-sync topics apply', 'make the running bus take it up'],
    ],
  })
    .argument('<name>', 'the topic')
    .option('--folder <folder>', 'the project folder', '.')
    .option('--key <path>', 'path in the payload to what the event is about; absent: no order')
    .addOption(new Option('--qos <qos>', 'default: at_least_once').choices(['at_least_once', 'exactly_once']))
    .option('--retention <span>', 'the replay window (default: 7d)')
    .option('--schema <version>', 'v1 reads schemas/NAME.v1.json')
    .option('--producers <names...>', 'only these may publish')
    .option('--consumers <names...>', 'only these may subscribe; each is owed every event from then on')
    .option('--description <text>', 'what an event means')
    .action(addTopicToFile)
}

async function addTopicToFile(name: string, { folder, json, ...settings }: AddFlags): Promise<void> {
  const { addTopic, newTopic } = await import('../registry/topics-file.js')
  await addTopic(resolve(folder), name, settings).catch((cause) => {
    if (cause.code === 'ENOENT')
      throw new Error(
        `There is no folder ${resolve(folder)}. Name the project folder with --folder, or make one with: hms-sync init ${folder}`,
        { cause },
      )
    throw asWrongUse(cause, (place) => place.startsWith(newTopic))
  })
  const file = join(resolve(folder), 'topics.yaml')
  if (json) return printJson({ added: name, file })
  await print(`added ${name} to ${file}`)
  say('Next: hms-sync topics apply, or start the bus with: hms-sync serve')
}
