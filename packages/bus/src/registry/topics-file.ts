import { randomBytes } from 'node:crypto'
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { LocatedYaml, maxYamlBytes } from '@hms-sync/adapter/yaml'
import { isMap, parseDocument, stringify } from 'yaml'
import { ConfigError, faultOfPlace } from './config-error.js'
import { readOptionalFile } from './project-files.js'
import { shape, topicNameFault, toTopic } from './read-topics.js'
import type { RawTopic } from './topics-schema.js'

const file = 'topics.yaml'

/** How the place of a fault begins that is in what `addTopic` was given, not in the file. */
export const newTopic = 'the new topic'

/**
 * Adds a topic to `FOLDER/topics.yaml`, which need not exist. What stands there stays as it is, comments and layout included; the file is
 * replaced in one step. `options` are the keys of a topic as the file writes them.
 * @throws ConfigError for a name that is taken or wrong, options that are wrong, or a file with faults: nothing is written then.
 */
export async function addTopic(folder: string, name: string, options: RawTopic = {}): Promise<void> {
  const path = join(folder, file)
  const before = await read(path)
  const yaml = new LocatedYaml(file, before)
  refuseFaults(yaml, name, options)
  const after = withTopic(yaml, name, options)
  if ((await read(path)) !== before)
    throw new ConfigError([faultOfPlace(file, '', 'The file changed while the topic was being added. Try again.')])
  await replaceFile(path, after)
}

async function read(path: string): Promise<string> {
  const text = await readOptionalFile(path, file, maxYamlBytes)
  if (text !== null && typeof text !== 'string') throw new ConfigError([text])
  return text ?? ''
}

function refuseFaults(yaml: LocatedYaml, name: string, options: RawTopic): void {
  if (yaml.faults.length > 0) throw new ConfigError(yaml.faults)
  if (yaml.value !== null && (typeof yaml.value !== 'object' || Array.isArray(yaml.value))) {
    throw new ConfigError([yaml.faultAt([], 'This file holds topics by name. Write a name, a colon, and its settings indented below it.')])
  }
  if (yaml.has([name]))
    throw new ConfigError([
      yaml.faultAt([name], 'There is such a topic already. Change it where it stands, or choose another name.', 'key'),
    ])
  const nameFault = topicNameFault(name)
  const faults = nameFault === null ? [] : [faultOfPlace(newTopic, name, nameFault)]
  const raw = structuredClone(options)
  const place = (path: readonly (string | number)[], message: string) =>
    faultOfPlace(`${newTopic}’s ${path.join('.') || 'settings'}`, String(options[path[0] as keyof RawTopic] ?? ''), message)
  faults.push(...shape.check(raw).map((misfit) => place(misfit.path, misfit.message)))
  if (faults.length === 0) toTopic(name, raw, (key, message) => faults.push(place([key], message)))
  if (faults.length > 0) throw new ConfigError(faults)
}

/** Written behind the last topic, so that not a character before it changes; only where that cannot be, through the parsed document. */
function withTopic(yaml: LocatedYaml, name: string, options: RawTopic): string {
  const wanted = { ...(yaml.value as object | null), [name]: options }
  const entry = stringify({ [name]: options }, { collectionStyle: 'any', flowCollectionPadding: false })
  const document = parseDocument(yaml.text, { stringKeys: true })
  const firstKey = isMap(document.contents) && !document.contents.flow ? document.contents.items[0]?.key : undefined
  const indent = firstKey === undefined ? 0 : yaml.faultAt([Object.keys(yaml.value as object)[0] ?? ''], '', 'key').column - 1
  const gap = yaml.text.trim() === '' ? '' : '\n'
  const lineEnd = yaml.text === '' || yaml.text.endsWith('\n') ? '' : '\n'
  const appended = yaml.text + lineEnd + gap + entry.replace(/^(?=.)/gm, ' '.repeat(indent))
  if (isDeepStrictEqual(new LocatedYaml(file, appended).value, wanted)) return appended
  document.set(name, document.createNode(options))
  return document.toString()
}

/** A reader sees the old file or the new one, never half of one; after a power cut likewise. A link stays a link. */
async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path)
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  )
  const draft = `${target}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx', mode, flush: true })
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
