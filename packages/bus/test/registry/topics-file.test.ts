import { lstat, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadProject } from '#dist/registry/load-project.js'
import { addTopic } from '#dist/registry/topics-file.js'
import { folderWith } from './folder.js'

const seed = `# Our topics.
inspections.status:
  qos:          exactly_once
  retention:    7d          # replay window
`

async function added(text: string | null, name: string, options = {}): Promise<string> {
  const folder = await folderWith(text === null ? {} : { 'topics.yaml': text })
  await addTopic(folder, name, options)
  expect((await readdir(folder)).sort()).toEqual(['topics.yaml'])
  expect((await loadProject({ folder, env: {} })).topics.map((topic) => topic.name)).toContain(name)
  return readFile(join(folder, 'topics.yaml'), 'utf8')
}

describe('addTopic', () => {
  it('writes behind what is there and changes not a character of it', async () => {
    expect(await added(seed, 'permitApproved', { retention: '30d', consumers: ['city-health', 'ehr'] })).toBe(
      `${seed}\npermitApproved:\n  retention: 30d\n  consumers:\n    - city-health\n    - ehr\n`,
    )
  })

  it('makes the file when there is none, and fills an empty one', async () => {
    expect(await added(null, 'a')).toBe('a: {}\n')
    expect(await added('# only a comment', 'a')).toBe('# only a comment\n\na: {}\n')
  })

  it('follows the indent of the file, a missing line end and a document end', async () => {
    expect(await added('  a:\n    qos: exactly_once', 'b', { key: 'id' })).toBe('  a:\n    qos: exactly_once\n\n  b:\n    key: id\n')
    expect(await added('a: {}\n# last words\n', 'b')).toContain('# last words\n')
    expect(await added('a: {} # one\n...\n', 'b')).toContain('a: {} # one')
    expect(await added('{ a: { key: id } } # flow\n', 'b')).toContain('# flow')
  })

  it('refuses a name that is there and says where', async () => {
    const folder = await folderWith({ 'topics.yaml': seed })
    await expect(addTopic(folder, 'inspections.status')).rejects.toThrow(
      'topics.yaml:2:1: "inspections.status": There is such a topic already.',
    )
    expect(await readFile(join(folder, 'topics.yaml'), 'utf8')).toBe(seed)
  })

  it('refuses wrong names, wrong options and a file with faults, and writes nothing', async () => {
    const folder = await folderWith({ 'topics.yaml': seed })
    await expect(addTopic(folder, 'hms.sync.x')).rejects.toThrow('belong to the bus')
    await expect(addTopic(folder, 'a', { retention: 'a week' })).rejects.toThrow(
      'the new topic’s retention: "a week": This is not a duration.',
    )
    await expect(addTopic(folder, 'a', { retention: '1h', dedupeWindow: '2h' })).rejects.toThrow('This is longer than retention (1h)')
    expect(await readFile(join(folder, 'topics.yaml'), 'utf8')).toBe(seed)
    await writeFile(join(folder, 'topics.yaml'), 'a: [')
    await expect(addTopic(folder, 'b')).rejects.toThrow('topics.yaml:1:')
  })

  it('writes through a link', async () => {
    const folder = await folderWith({ 'real/topics.yaml': 'a: {}\n' })
    await symlink(join(folder, 'real/topics.yaml'), join(folder, 'topics.yaml'))
    await addTopic(folder, 'b')
    expect((await lstat(join(folder, 'topics.yaml'))).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'real/topics.yaml'), 'utf8')).toBe('a: {}\n\nb: {}\n')
  })
})
