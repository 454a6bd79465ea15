import { type ErrorCode, errorCodes } from '@hms-sync/client'

/** The page of error codes: what each means, which HTTP status carries it, and what to do. */
export function errorsPage(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[]
  const sections = codes.map((code) => `### ${code}\n\n${errorCodes[code].title}. HTTP ${errorCodes[code].status}.\n\n${whatToDo[code]}\n`)
  return `# Errors

Every error that hms-sync raises on purpose has a stable \`code\`. In the SDK it is \`error.code\` of a \`SyncError\`; over HTTP it
is the member \`code\` of an \`application/problem+json\` body (RFC 9457); the CLI prints the message and exits with 1 (2 for wrong
use). The message says what happened, where, and what to do; do not compare messages, compare codes.

\`\`\`json
{
  "type": "urn:hms-sync:error:schema_violation",
  "title": "The payload does not match the topic’s schema",
  "status": 422,
  "detail": "…",
  "code": "schema_violation",
  "errors": [{ "pointer": "/inspectionId", "message": "must be integer" }]
}
\`\`\`

## Codes

${sections.join('\n')}`
}

const whatToDo: Record<ErrorCode, string> = {
  invalid_json: 'Send JSON. The message names the place where parsing stopped. Nothing was stored.',
  invalid_request: 'Mend the part of the request that the message names. Nothing was done.',
  invalid_event: 'Mend the part of the event that the message names: an id, a time, a version. Nothing was stored.',
  schema_violation:
    'Mend the payload: `errors` lists every fault with its JSON pointer. If the schema is wrong, change it and apply it. Nothing was stored.',
  key_missing: 'The topic declares a `key`, and the payload has no value there. Add it, or give the key beside the payload.',
  unknown_version: 'Publish with a `version` that has a schema file, or add `schemas/TOPIC.vN.json`.',
  qos_mismatch: 'A topic has one QoS. Leave `qos` out, or ask for the one that the topic has.',
  too_deep: 'Flatten the JSON: it is nested deeper than the limit.',
  too_large: 'Send less at once: split the batch, or store the large part elsewhere and publish where it lies.',
  unsupported_media_type: 'Send one of the content types that the message lists.',
  id_reused: 'The same topic, source and id was published before with other content. An id names one change: choose a new one.',
  unknown_topic: 'Check the spelling (the message names the nearest topic), or add the topic and apply it.',
  unknown_group: 'Check the spelling. A group exists once somebody has joined it or a topic lists it under `consumers`.',
  not_found: 'There is no such address. `/openapi.json` lists those that exist.',
  method_not_allowed: 'The address exists; use one of the methods that the message names.',
  not_supported_yet: 'This version does not have the feature that the message names. The CHANGELOG says what has come.',
  forbidden_host: 'Without credentials the bus answers only to loopback names and to no foreign web page. Use `http://127.0.0.1:PORT`.',
  unauthorized: 'Send the credentials that the bus expects.',
  expired:
    'The delivery timed out, was settled, or went to another member. Do nothing: it will come again if it was not applied. If it happens often, raise `ackTimeoutMs` or call `extend`.',
  gap: 'The reader was away for longer than the retention. The message names what is missing; read on from the first event there is, or start from the system’s own state.',
  gone: 'The topic was deleted, or deleted and made anew, so an old place in it means nothing. Start again with `since`. Whoever follows the topic when it is deleted is ended with this.',
  slow_consumer:
    'The subscriber did not read for so long that it was dropped. It gets everything again when it reconnects; do less work between reads, or lower `concurrency`.',
  invalid_config:
    'Mend the files: every fault comes with file, line, column and what to write. `hms-sync check` shows the same without starting anything.',
  change_refused:
    'The change would lose data, which the message names. Take it back, or accept the loss by name: `hms-sync topics apply --accept-loss TOPIC`. A group that `topics.yaml` declares is deleted after it was taken out of `consumers`.',
  adapter_failed:
    'The adapter stopped; the log says why. Mend its file and start it again. Publishing is not touched, and nothing it is owed is lost.',
  data_folder_in_use: 'One process owns a data folder. Stop the process that the message names, or use another folder.',
  data_version: 'The data folder was written by another version of hms-sync. Run that version, or start with another folder.',
  storage_failed:
    'The disk failed or the files are damaged. Nothing unsafe was acknowledged. Look at the log, mend the disk, restart; if files are damaged, restore the data folder from a backup.',
  disk_full: 'Free space. Nothing acknowledged is lost, consumers go on, and publishing works again by itself.',
  overloaded: 'Too much is under way. Try again after a moment, with growing pauses. Nothing was stored.',
  shutting_down: 'The bus is stopping. Try again after a moment. Nothing was stored.',
  unknown_outcome: 'The event may or may not be stored. Publish it again **with the same id**: it will be stored once.',
  timeout: 'No answer came in time. For a publish: try again **with the same id**.',
  internal: 'A fault of hms-sync itself. The bus’s log has the cause; the answer does not repeat it, because it may hold secrets.',
  unreachable: 'No bus answers there. Is it running? `hms-sync doctor` prints which URL is used and where it comes from.',
  wrong_url: 'Give the URL of the bus, such as `http://127.0.0.1:4280`, not that of a broker or of something else.',
  closed:
    'The connection was closed, by `close()` or because the bus ended. What was not answered may be published again with the same id.',
}
