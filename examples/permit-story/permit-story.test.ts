import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkout, start } from '../../packages/bus/test/processes.js'
import { expectToldIn } from '../stage/told-in-readme.js'

const example = join(checkout, 'examples/permit-story')

it('brings each permit to three systems through an outage and a payload that one of them refuses, as its page tells it', async () => {
  const { code, stdout, stderr } = await start([join(example, 'story.js')]).ended
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  await expectToldIn(join(example, 'README.md'), stdout)
})
