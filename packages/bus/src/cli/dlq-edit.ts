import { type DeadLetterDetail, type Json, SyncError } from '@hms-sync/client'
import type { Command } from 'commander'
import { busCommand, type CommonOptions } from './command.js'
import { deadLetterId } from './dead-letter-ids.js'
import { editPayload } from './editor.js'
import { plain, printJson, say } from './output.js'
import { readPayload } from './payload-input.js'

type EditFlags = CommonOptions & { readonly payload?: string }

/** `hms-sync dlq edit ID` */
export function dlqEditCommand(): Command {
  return busCommand({
    name: 'edit',
    description:
      'Mend the payload that a redrive of this dead letter sends. Opens it in $VISUAL or $EDITOR; --payload takes it from elsewhere.\nThe log keeps what was published. The payload must fit the topic’s schema. Nothing is sent before `dlq redrive`.',
    examples: [
      ['hms-sync dlq edit 12', 'in your editor'],
      [`hms-sync dlq edit 12 --payload '{"permitId":7,"address":"12 Main St"}'`, 'in one line'],
      ['hms-sync dlq show 12 --json | jq .content.payload | hms-sync dlq edit 12 --payload -', 'through a program'],
    ],
  })
    .argument('<id>', 'the dead letter, as `dlq list` names it', deadLetterId)
    .option('--payload <payload>', 'the payload as JSON, @file, or - for stdin')
    .action(editDeadLetter)
}

async function editDeadLetter(id: string, flags: EditFlags): Promise<void> {
  const { askBus } = await import('./bus-http.js')
  const path = `/v1/dead-letters/${encodeURIComponent(id)}`
  const send = (payload: Json) => askBus<DeadLetterDetail>(flags.url, path, { method: 'PATCH', body: { payload } })
  const open = async () => checkOpen(await askBus<DeadLetterDetail>(flags.url, path))
  const edited =
    flags.payload === undefined
      ? await editPayload((await open()).content.payload, send)
      : await send(JSON.parse(await readPayload(flags.payload)))
  if (edited === null) return say('The payload was left as it was. Nothing changed.')
  if (flags.json) return printJson(edited)
  say(`The payload of dead letter ${plain(edited.id)} is mended. Send it again: hms-sync dlq redrive ${plain(edited.id)}`)
}

/** Said before somebody types for nothing; the bus would refuse it afterwards. */
function checkOpen(letter: DeadLetterDetail): DeadLetterDetail {
  if (letter.state === 'open') return letter
  throw new SyncError('change_refused', `Dead letter ${letter.id} is ${letter.state}. Only an open one can be mended.`)
}
