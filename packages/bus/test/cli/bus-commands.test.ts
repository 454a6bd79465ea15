import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BusProcess, command, type Ended, run, start, startBus, temporaryFolder } from '../processes.js'

const topicsYaml = `permitApproved:
  key: permitId
  schema: v1
  consumers: [clinic]
plain.topic: {}
seek.topic: {}
many: { key: license }
`
const schema = JSON.stringify({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['permitId'],
  properties: { permitId: { type: 'integer' }, address: { type: 'string' } },
})

let bus: BusProcess
let remove: () => Promise<void>

beforeAll(async () => {
  const folder = await temporaryFolder({ 'topics.yaml': topicsYaml, 'schemas/permitApproved.v1.json': schema })
  remove = folder.remove
  bus = await startBus(folder.path)
})

afterAll(async () => {
  await bus?.stop()
  await remove?.()
})

const cli = (...args: string[]): Promise<Ended> => run(args, { env: bus.env })
const cliWithInput = (input: string, ...args: string[]): Promise<Ended> => run(args, { env: bus.env, input })
// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test looks at
const jsonLines = (text: string): any[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('hms-sync publish', () => {
  it('prints id and position', async () => {
    const { code, stdout, stderr } = await cli('publish', 'plain.topic', '{"n":1}')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^id=\S+ position=\S+\n$/)
  })

  it('answers a repeated id as stored before', async () => {
    const first = JSON.parse((await cli('publish', 'plain.topic', '{"n":2}', '--id', 'twice', '--json')).stdout)
    const again = JSON.parse((await cli('publish', 'plain.topic', '{"n":2}', '--id', 'twice', '--json')).stdout)
    expect(first).toMatchObject({ id: 'twice', duplicate: false })
    expect(again).toEqual({ ...first, duplicate: true })
  })

  it('reads the payload from stdin', async () => {
    const { code } = await cliWithInput('{"n":3}', 'publish', 'plain.topic', '-')
    expect(code).toBe(0)
  })

  it('tells every fault with its pointer, one a line, and exits 1', async () => {
    const { code, stdout, stderr } = await cli('publish', 'permitApproved', '{"permitId":7,"address":12}')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^ {2}\/address: /m)
  })

  it('names the nearest topic for an unknown one', async () => {
    const { code, stderr } = await cli('publish', 'permitAproved', '{"permitId":7}')
    expect(stderr).toContain('permitApproved')
    expect(code).toBe(1)
  })

  it('exits 2 for text that is not JSON, with a hint on quotes', async () => {
    const { code, stderr } = await cli('publish', 'plain.topic', '{n:1}')
    expect(stderr).toContain('single quotes')
    expect(code).toBe(2)
  })

  it('says how to start a bus when none answers', async () => {
    const { code, stderr } = await run(['publish', 'plain.topic', '{}', '--url', 'http://127.0.0.1:9'])
    expect(stderr).toContain('hms-sync serve')
    expect(code).toBe(1)
  })

  it('refuses the URL of a broker', async () => {
    const { code, stderr } = await run(['publish', 'plain.topic', '{}'], { env: { EVENT_BUS_URL: 'amqp://localhost' } })
    expect(stderr).toContain('never that of the broker')
    expect(code).toBe(1)
  })
})

describe('hms-sync publish --ndjson', () => {
  it('stores the good lines and reports the bad ones with their numbers', async () => {
    const input = '{"license":1,"n":1}\nnot json\n\n{"n":2}\n{"license":1,"n":3}\n'
    const { code, stdout, stderr } = await cliWithInput(input, 'publish', 'many', '--ndjson', '-', '--json')
    expect(JSON.parse(stdout)).toEqual({ published: 2, duplicates: 0, failed: 2 })
    expect(stderr).toMatch(/^line 2: It is not JSON/m)
    expect(stderr).toMatch(/^line 4: /m)
    expect(code).toBe(1)
  })

  it('stores nothing twice with --id-from', async () => {
    const input = Array.from({ length: 1_200 }, (_, n) => `{"license":${n % 7},"inspection":{"number":${n}}}\n`).join('')
    const publish = () => cliWithInput(input, 'publish', 'many', '--ndjson', '--id-from', 'inspection.number', '--json')
    expect(JSON.parse((await publish()).stdout)).toEqual({ published: 1_200, duplicates: 0, failed: 0 })
    expect(JSON.parse((await publish()).stdout)).toEqual({ published: 0, duplicates: 1_200, failed: 0 })
  })

  it('stops at once where no line can fare better, and says at which', async () => {
    const { code, stderr } = await cliWithInput('{"n":1}\n{"n":2}\n', 'publish', 'no.such.topic', '--ndjson')
    expect(stderr).toMatch(/line 1: .*no\.such\.topic.*Stopped here/)
    expect(stderr).not.toMatch(/line 2/)
    expect(code).toBe(1)
  })

  it('takes envelopes a line', async () => {
    const input = '{"id":"envelope-1","key":"9","type":"opened","payload":{"license":9}}\n{"id":7,"payload":{}}\n'
    const { stdout, stderr } = await cliWithInput(input, 'publish', 'many', '--ndjson', '--envelopes', '--json')
    expect(JSON.parse(stdout)).toEqual({ published: 1, duplicates: 0, failed: 1 })
    expect(stderr).toMatch(/^line 2: .*id/m)
    const read = await cli('subscribe', 'many', '--since=all', '--until=now', '--json')
    expect(jsonLines(read.stdout)).toContainEqual(expect.objectContaining({ id: 'envelope-1', type: 'opened', key: '9' }))
  })
})

describe('hms-sync subscribe', () => {
  it('shows what was published while nobody listened, then follows until Ctrl-C', async () => {
    await cli('publish', 'permitApproved', '{"permitId":41}')
    const reader = start([command, 'subscribe', 'permitApproved', '--since=10m'], { env: bus.env })
    await reader.says(/permitApproved {2}41 {2}\{"permitId":41\}/)
    await cli('publish', 'permitApproved', '{"permitId":42}')
    await reader.says(/permitApproved {2}42 {2}\{"permitId":42\}/)
    expect(await reader.stop('SIGINT')).toMatchObject({ code: 0, signal: null })
  })

  it('prints raw events with --json and ends at --until=now', async () => {
    const { code, stdout } = await cli('subscribe', 'permitApproved', '--since=all', '--until=now', '--json')
    const events = jsonLines(stdout)
    expect(events.length).toBeGreaterThan(0)
    expect(events[0]).toMatchObject({
      topic: 'permitApproved',
      qos: 'at_least_once',
      source: expect.any(String),
      replayable_until: expect.any(String),
    })
    expect(code).toBe(0)
  })

  it('acknowledges for a group what it prints, and ends after --count', async () => {
    await cli('publish', 'permitApproved', '{"permitId":51}')
    const take = async () => jsonLines((await cli('subscribe', 'permitApproved', '--group=clinic', '--count=1', '--json')).stdout)[0]
    const [first, second] = [await take(), await take()]
    expect(first.id).not.toBe(second.id)
  })

  it('moves nothing without a group, whatever HMS_SYNC_NAME says', async () => {
    const env = { ...bus.env, HMS_SYNC_NAME: 'onlooker' }
    const { code } = await run(['subscribe', 'permitApproved', '--since=all', '--until=now'], { env })
    expect(code).toBe(0)
    const groups = JSON.parse((await cli('groups', 'list', '--json')).stdout).items
    expect(groups.map(({ name }: { name: string }) => name)).not.toContain('onlooker')
  })

  it('fails with one message for an unknown topic', async () => {
    const { code, stdout, stderr } = await cli('subscribe', 'permitAproved')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^hms-sync: [^\n]*permitApproved[^\n]*\n$/)
  })

  it('points to groups seek when --since meets --group', async () => {
    const { code, stderr } = await cli('subscribe', 'permitApproved', '--group=clinic', '--since=10m')
    expect(stderr).toContain('hms-sync groups seek clinic 10m')
    expect(code).toBe(2)
  })

  it('ends without a word when its reader has seen enough', async () => {
    const reader = start([command, 'subscribe', 'many', '--since=all', '--json'], { env: bus.env })
    await reader.says(/\n/)
    reader.child.stdout?.destroy()
    await cli('publish', 'many', '{"license":1}')
    expect(await reader.ended).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('hms-sync topics and groups', () => {
  it('lists topics as one document', async () => {
    const { items } = JSON.parse((await cli('topics', 'list', '--json')).stdout)
    expect(items.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['permitApproved', 'plain.topic', 'many']))
  })

  it('lists topics as a table', async () => {
    expect((await cli('topics', 'list')).stdout).toMatch(/^TOPIC +KEY +QOS.*\n(?:.*\n)*permitApproved +permitId +at_least_once/)
  })

  it('shows one topic', async () => {
    expect((await cli('topics', 'show', 'permitApproved')).stdout).toMatch(/^consumers +clinic$/m)
  })

  it('moves a group back with seek, so that it gets its events again', async () => {
    await cli('publish', 'seek.topic', '{"n":1}')
    const take = () => cli('subscribe', 'seek.topic', '--group=rewinder', '--from=all', '--count=1', '--json')
    const first = jsonLines((await take()).stdout)[0]
    expect(await cli('groups', 'seek', 'rewinder', 'all')).toMatchObject({ code: 0 })
    expect(jsonLines((await take()).stdout)[0].id).toBe(first.id)
  })

  it('shows and deletes a group', async () => {
    expect(JSON.parse((await cli('groups', 'show', 'rewinder', '--json')).stdout)).toMatchObject({
      name: 'rewinder',
      topics: [{ topic: 'seek.topic' }],
    })
    expect(await cli('groups', 'delete', 'rewinder')).toMatchObject({ code: 0 })
    expect(await cli('groups', 'show', 'rewinder')).toMatchObject({ code: 1 })
  })

  it('deletes no group that topics.yaml declares, and says what to do instead', async () => {
    expect(await cli('groups', 'delete', 'clinic')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/consumers of permitApproved.*topics apply.*groups seek clinic now/),
    })
    expect(await cli('groups', 'show', 'clinic')).toMatchObject({ code: 0 })
  })

  it('says that there are no adapters', async () => {
    expect(await cli('adapters', 'list')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no adapters') })
  })
})
