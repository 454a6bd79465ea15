import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkout, start } from '../../packages/bus/test/processes.js'
import { expectToldIn } from '../stage/told-in-readme.js'

const example = join(checkout, 'examples/clinic-hours')

it('keeps scheduler and notices in step while the key of one of them is exchanged, as its page tells it', async () => {
  const { code, stdout, stderr } = await start([join(example, 'story.js')]).ended
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  await expectToldIn(join(example, 'README.md'), stdout)
})
