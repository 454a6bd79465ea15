import { readFileSync } from 'node:fs'
import { deliveryPromise } from '@hms-sync/client'
import { docsDoc, openApiDoc } from './operation-doc.js'
import type { Route, RouteDoc } from './route.js'
import { componentSchemas, ref } from './schemas.js'

/** Why each status of a problem is met, in the words of the reference. */
const problemTexts: Readonly<Record<number, string>> = {
  400: 'The request is not understood.',
  403: 'The Host or Origin is not allowed.',
  404: 'There is no such thing; where a name is near, it is in the text.',
  408: 'The request did not arrive in time.',
  409: 'It contradicts what is there: an id with other content, a change that would lose data, a dead letter that is not open.',
  410: 'What was asked for is gone.',
  413: 'The body is too large.',
  415: 'The content type is not supported.',
  422: 'It is understood and not acceptable; `errors` says where.',
  431: 'The headers are too large.',
  500: 'A fault of the bus.',
  501: 'This version cannot do that yet.',
  503: 'Not now: overloaded, shutting down, or the storage failed.',
  504: 'Whether the event was stored is not known: send it again with the same id.',
  507: 'The disk is full.',
}
/** What any request can meet. */
const everywhere = [400, 403, 500]

/** `GET /openapi.json`: made from the descriptions that stand beside the routes. */
export function openApiRoutes(routes: readonly Route[]): readonly Route[] {
  let text = ''
  return [
    {
      method: 'GET',
      url: '/openapi.json',
      doc: openApiDoc,
      handle(_request, reply) {
        if (text === '') text = JSON.stringify(openApiDocument(routes))
        return reply.header('content-type', 'application/json; charset=utf-8').send(text)
      },
    },
  ]
}

/** The OpenAPI 3.1 document of these routes, and of the two that tell of them. */
export function openApiDocument(routes: readonly Route[]): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  const told = [
    ...routes,
    { method: 'GET' as const, url: '/openapi.json', doc: openApiDoc },
    { method: 'GET' as const, url: '/docs', doc: docsDoc },
  ]
  for (const { method, url, doc } of told) {
    const path = openApiPath(url)
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(url, doc) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'hms-sync',
      version: packageVersion(),
      description: `An External System Sync Bus: publish once, and every connected system gets it in order, ${deliveryPromise}.`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [
      { name: 'events', description: 'Publishing, and reading without a group.' },
      { name: 'groups', description: 'Taking events with a place that is kept.' },
      { name: 'topics', description: 'The named logs of events.' },
      { name: 'failures', description: 'What went wrong: dead letters and their repair, every try, replays.' },
      { name: 'adapters', description: 'The plugs to the external systems.' },
      { name: 'operation', description: 'Health, metrics and pages.' },
    ],
    paths,
    components: { schemas: componentSchemas },
  }
}

export function openApiPath(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}')
}

function operation(url: string, doc: RouteDoc): object {
  const parameters = [
    ...[...url.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...Object.entries(doc.query ?? {}).map(([name, parameter]) => ({ name, in: 'query', ...parameter })),
    ...Object.entries(doc.headers ?? {}).map(([name, parameter]) => ({ name, in: 'header', ...parameter })),
  ]
  return {
    operationId: doc.id,
    tags: [doc.tag],
    summary: doc.summary,
    ...(doc.description === undefined ? {} : { description: doc.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(doc.body === undefined ? {} : { requestBody: { content: contents(doc.body) } }),
    responses: responses(doc),
  }
}

function responses(doc: RouteDoc): object {
  const answers: Record<string, object> = {}
  for (const [status, { description, content }] of Object.entries(doc.answers)) {
    answers[status] = { description, ...(content === undefined ? {} : { content: contents(content) }) }
  }
  for (const status of [...everywhere, ...(doc.problems ?? [])]) {
    answers[status] = { description: problemTexts[status]!, content: { 'application/problem+json': { schema: ref('Problem') } } }
  }
  return answers
}

function contents(schemas: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]))
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
  return version
}
