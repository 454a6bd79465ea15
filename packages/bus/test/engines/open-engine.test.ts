import { expect, it } from 'vitest'
import { openEngine } from '#dist/engines/index.js'
import type { Sqlite } from '#dist/sqlite/open-sqlite.js'

/** No data folder is touched before the setting is understood. */
const sqlite = undefined as unknown as Sqlite

it.each(['nats://a:4222', 'kafka://a,b', 'amqp://user:secret@a', 'rediss://a'])(
  'refuses %s as not there yet, without repeating its password',
  async (url) => {
    const error = await refusal(url)
    expect(error).toMatchObject({ code: 'not_supported_yet', message: expect.stringContaining(url.split(':')[0]!) })
    expect(error.message).not.toContain('secret')
  },
)

it('refuses what is no engine, without repeating it', async () => {
  const error = await refusal('postgres://me:secret@a')
  expect(error).toMatchObject({ code: 'invalid_config' })
  expect(error.message).not.toContain('secret')
})

function refusal(url: string): Promise<Error> {
  return openEngine(url, { sqlite }).then(
    () => new Error('It was opened.'),
    (error: Error) => error,
  )
}
