import type { httpKeys } from '../../packages/adapter/src/sinks/http/read-options.js'

type Key = (typeof httpKeys)[number]

interface Option {
  readonly form: string
  readonly byDefault: string
  readonly means: string
}

/** The page of the HTTP sink: its options, and what it sends. */
export function httpSinkPage(keys: readonly Key[]): string {
  const rows = keys.map((key) => `| \`${key}\` | ${options[key].form} | ${options[key].byDefault} | ${options[key].means} |`)
  return `# The HTTP sink

The sink of an adapter's short form, \`http({ … })\` in code, and \`to: { http: { … } }\` in YAML. All faults of its options are reported at once.

## Options

| key | form | default | meaning |
|---|---|---|---|
${rows.join('\n')}

A text that is \`env:NAME\` is what that variable holds, in the environment or in the project's \`.env\`; \`file:PATH\` what that file holds, from the
project folder on. Both are read when the adapter is loaded. What they hold shows in no log, message, history or description.

## What is sent

| header | value |
|---|---|
| \`content-type\` | \`application/json\`, or \`application/x-ndjson\` for batches of lines; \`headers\` may say otherwise |
| \`user-agent\` | \`hms-sync\`; \`headers\` may say otherwise |
| \`accept-encoding\` | \`identity\` |
| \`idempotency-key\`, \`webhook-id\` | a hash of the event's topic, source and id: the same at every try, redrive and replay. Of a batch: a hash over those of its events |
| \`webhook-timestamp\`, \`webhook-signature\` | with \`sign\`: when this try was made, and \`v1,…\` for each secret |
| \`traceparent\` | where the event has one: the same trace, and a parent id of this request alone |

The body is what \`map\` made of the event, as JSON. HTTP/1.1 over kept connections; redirects are not followed; certificates are verified; what may be
dialled is in [Where it may connect](../explanation/adapters.md#where-it-may-connect).

What comes back is judged by [the table of answers](answers.md).
`
}

const options: Readonly<Record<Key, Option>> = {
  url: {
    form: 'text',
    byDefault: 'required',
    means:
      'Where events go: `https://…`, `env:NAME`, `file:PATH` or `env:NAME/more`. Behind the host, `{permitId}` is filled in from the payload, `{$event.key}` from the event, `{$value.id}` from what `map` made: see [Address one record](../how-to/address-a-record.md).',
  },
  method: { form: '`POST`, `PUT`, `PATCH` or `DELETE`', byDefault: '`POST`', means: '`DELETE` sends no body.' },
  headers: {
    form: 'names and values',
    byDefault: 'none',
    means: 'Sent with every request. A value may be `env:NAME` or `file:PATH`, also behind a scheme: `Bearer env:TOKEN`.',
  },
  auth: {
    form: '`{ bearer }`, `{ basic: { user, password } }` or `{ apiKey: { header, value } }`',
    byDefault: 'none',
    means: 'Who we are to the system.',
  },
  sign: {
    form: 'a secret `whsec_…`, or two',
    byDefault: 'none',
    means: 'Signs each try as Standard Webhooks: see [Sign requests](../how-to/sign-requests.md).',
  },
  batch: {
    form: '`{ size, as, maxBytes }`',
    byDefault: 'one event a request',
    means:
      '`size`: 1 to 1,000 events. `as`: `array` (default) or `ndjson`. `maxBytes`: of a body, 1 KiB to 16 MiB, default 1 MiB. See [Send events in batches](../how-to/send-batches.md).',
  },
  capture: {
    form: 'names and paths',
    byDefault: 'none',
    means:
      'What to keep of a JSON answer in the history of the event: at most 20 texts (500 characters), numbers, `true`, `false`. Not with `batch`.',
  },
  probe: {
    form: 'text, as `url`',
    byDefault: 'none',
    means:
      'An address on the same host that a GET asks whether an event has been applied, before it is sent again: 2xx is yes, 404 and 410 are no, all else is no answer. For systems that do not know an `Idempotency-Key`.',
  },
  timeoutMs: {
    form: '100 to 120,000',
    byDefault: '10,000',
    means: 'For one request, from its place in the queue to the end of the answer.',
  },
  concurrency: { form: '1 to 64', byDefault: '64', means: 'Requests at once, each on a connection of its own.' },
  tls: {
    form: '`{ ca, cert, key }`, PEM',
    byDefault: 'the known authorities',
    means: '`ca`: an authority beside the known ones. `cert` and `key`: who we are to systems that ask for a certificate.',
  },
  allow: {
    form: 'list of addresses, ranges, host names',
    byDefault: 'none',
    means: 'Private addresses that may be dialled. Link-local and metadata addresses stay closed.',
  },
}
