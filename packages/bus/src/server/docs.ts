import { type Html, html } from './html.js'
import { openApiPath } from './openapi.js'
import { docsDoc } from './operation-doc.js'
import { pageHeader, sendPage } from './page.js'
import type { ParameterDoc, Route, RouteDoc, SchemaDoc } from './route.js'
import { componentSchemas } from './schemas.js'

const tags = [
  ['events', 'Events'],
  ['groups', 'Groups'],
  ['topics', 'Topics'],
  ['failures', 'Failures'],
  ['adapters', 'Adapters'],
  ['operation', 'Operation'],
] as const

/** `GET /docs`: the same descriptions as `/openapi.json`, to read. */
export function docsRoutes(routes: readonly Route[]): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/docs',
      doc: docsDoc,
      handle: (_request, reply) => sendPage(reply, { title: 'hms-sync: HTTP reference', main: docsPage(routes) }),
    },
  ]
}

function docsPage(routes: readonly Route[]): Html {
  return html`${pageHeader('docs', html`<a class="small" href="/openapi.json">openapi.json</a>`)}
<main class="columns">
<div class="index">${tags.map(([tag, label]) => html`<b>${label}</b>${ofTag(routes, tag).map(({ doc }) => html`<a href="#${doc.id}">${doc.summary}</a>`)}`)}<b>Forms</b>${Object.keys(componentSchemas).map((name) => html`<a href="#schema-${name}">${name}</a>`)}</div>
<div>
<h1>HTTP reference</h1>
<p class="lead">Everything is JSON unless it says otherwise. Durations are a whole number and a unit: <code>500ms</code> <code>10s</code> <code>10m</code> <code>2h</code> <code>7d</code>. Errors are <code>application/problem+json</code> with a stable <code>code</code>.</p>
${tags.map(([tag, label]) => html`<h2>${label}</h2>${ofTag(routes, tag).map(operation)}`)}
<h2>Forms</h2>
${Object.entries(componentSchemas).map(([name, schema]) => html`<div class="card pad operation" id="schema-${name}"><h3>${name}</h3>${note(schema)}${properties(schema)}${examples(schema)}</div>`)}
</div>
</main>`
}

function ofTag(routes: readonly Route[], tag: RouteDoc['tag']): readonly Route[] {
  return routes.filter(({ doc }) => doc.tag === tag)
}

function operation({ method, url, doc }: Route): Html {
  return html`<details class="card operation" id="${doc.id}" open><summary><span class="verb ${method.toLowerCase()}">${method}</span><code class="path">${openApiPath(url)}</code><span class="soft">${doc.summary}</span></summary>
<div>${doc.description === undefined ? '' : html`<p>${marked(doc.description)}</p>`}
${parameters('Query', doc.query)}${parameters('Headers', doc.headers)}
${doc.body === undefined ? '' : html`<h4>Body</h4>${forms(doc.body)}`}
<h4>Answers</h4>${Object.entries(doc.answers).map(([status, { description, content }]) => html`<p><code>${status}</code> ${description}</p>${content === undefined ? '' : forms(content)}`)}
${doc.problems === undefined ? '' : html`<p class="small soft">Problems: ${doc.problems.join(', ')}</p>`}</div></details>`
}

function parameters(title: string, list: Readonly<Record<string, ParameterDoc>> | undefined): Html | string {
  if (list === undefined) return ''
  return html`<h4>${title}</h4><table><tbody>${Object.entries(list).map(([name, { description }]) => html`<tr><td><code>${name}</code></td><td>${marked(description)}</td></tr>`)}</tbody></table>`
}

function forms(content: Readonly<Record<string, SchemaDoc>>): Html {
  return html`<table><tbody>${Object.entries(content).map(([type, schema]) => html`<tr><td><code>${type}</code></td><td>${typeOf(schema)}${note(schema)}${properties(schema)}${examples(schema)}</td></tr>`)}</tbody></table>`
}

/** Examples of whole bodies; those of single values stand in their descriptions. */
function examples(schema: SchemaDoc): Html | string {
  const { examples: list = [] } = schema as { readonly examples?: readonly unknown[] }
  return html`${list.map((one) => html`<pre><code>${JSON.stringify(one, null, 2)}</code></pre>`)}`
}

function properties(schema: SchemaDoc): Html | string {
  const fields = schema.properties as Readonly<Record<string, SchemaDoc>> | undefined
  if (fields === undefined) return ''
  const required = (schema.required ?? []) as readonly string[]
  return html`<table><tbody>${Object.entries(fields).map(([name, field]) => html`<tr><td><code>${name}</code>${required.includes(name) ? '' : html`<span class="soft">?</span>`}</td><td>${typeOf(field)}${note(field)}</td></tr>`)}</tbody></table>`
}

/** A schema in a few words. */
function typeOf(schema: SchemaDoc): Html | string {
  const { $ref, type, items, anyOf, enum: values, const: value, default: absent } = schema as Readonly<Record<string, never>>
  if (typeof $ref === 'string') return html`<a href="#schema-${String($ref).split('/').at(-1)!}">${String($ref).split('/').at(-1)!}</a>`
  if (Array.isArray(anyOf))
    return html`${(anyOf as readonly SchemaDoc[]).map((one, index) => html`${index > 0 ? ' or ' : ''}${typeOf(one)}`)}`
  if (Array.isArray(values)) return (values as readonly unknown[]).map((one) => JSON.stringify(one)).join(' or ')
  if (value !== undefined) return JSON.stringify(value)
  if (type === 'array') return html`list of ${typeOf(items ?? {})}`
  const unless = absent === undefined ? '' : `, ${JSON.stringify(absent)} by default`
  return `${type === undefined ? 'any JSON' : type}${unless}`
}

function note(schema: SchemaDoc): Html | string {
  const { description } = schema as { readonly description?: string }
  return description === undefined ? '' : html` <span class="soft">${marked(description)}</span>`
}

/** What stands between backticks is code. */
function marked(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))}`
}
