import type { AdapterInfo, DeadLetterInfo, GroupInfo, TopicInfo } from '@hms-sync/client'
import { deliveryPromise } from '@hms-sync/client'
import { deadLetterSection } from './home-dead-letters.js'
import { adapterTable, groupTable, topicTable } from './home-tables.js'
import { type Html, html } from './html.js'
import { homeDoc } from './operation-doc.js'
import { pageHeader, sendPage } from './page.js'
import { principalOf } from './principal.js'
import type { Route, ServerParts } from './route.js'

/** What the page shows of the dead letters; the JSON has them all. */
const maxLetters = 10

/** `GET /`: what this is, what is in it now, and what to type next. */
export function homeRoutes({ bus, adapters }: ServerParts): readonly Route[] {
  return [
    {
      method: 'GET',
      url: '/',
      doc: homeDoc,
      async handle(request, reply) {
        const [topics, groups, plugged, letters] = await Promise.all([
          bus.topics(principalOf(request.headers)),
          bus.groups(),
          adapters.list(),
          bus.operations.deadLetters({ state: 'open' }, { limit: maxLetters }),
        ])
        const state = {
          topics,
          groups,
          adapters: plugged,
          letters: letters.items,
          health: bus.health(),
          durability: bus.durability,
          nowMs: bus.parts.clock.now(),
        }
        return sendPage(reply, { title: 'hms-sync', live: true, main: homePage(state, `http://${request.headers.host}`) })
      },
    },
  ]
}

interface HomeState {
  readonly topics: readonly TopicInfo[]
  readonly groups: readonly GroupInfo[]
  readonly adapters: readonly AdapterInfo[]
  /** The newest that wait for somebody. */
  readonly letters: readonly DeadLetterInfo[]
  readonly health: { readonly ready: boolean; readonly reason?: string }
  readonly durability: string
  readonly nowMs: number
}

function homePage(state: HomeState, url: string): Html {
  const { topics, groups, adapters, letters, nowMs } = state
  return html`${pageHeader('home', html`<span data-live="state">${statePill(state)}</span>`)}
<main>
<h1>External System Sync Bus</h1>
<p class="lead">Services publish what changed, once. Every connected system gets it in order, ${deliveryPromise}, and anyone can ask where things stand.</p>
<div class="figures" data-live="figures">${figures(state)}</div>
<div data-live="dead-letters">${deadLetterSection(letters, waitingLetters(groups), nowMs)}</div>
<h2 id="topics">Topics</h2>
<div class="card" data-live="topics" role="region" tabindex="0" aria-labelledby="topics">${topicTable(topics)}</div>
<h2 id="groups">Groups</h2>
<div class="card" data-live="groups" role="region" tabindex="0" aria-labelledby="groups">${groupTable(groups, nowMs)}</div>
<h2 id="adapters">Adapters</h2>
<div class="card" data-live="adapters" role="region" tabindex="0" aria-labelledby="adapters">${adapterTable(adapters, groups, nowMs)}</div>
<h2>What to type next</h2>
${nextSteps(topics[0], url)}
</main>
<footer><a href="/docs">HTTP reference</a><a href="/openapi.json">OpenAPI</a><a href="/v1/topics">Topics (JSON)</a><a href="/v1/groups">Groups (JSON)</a><a href="/v1/adapters">Adapters (JSON)</a><a href="/v1/dead-letters">Dead letters (JSON)</a><a href="/healthz">Health</a><a href="/readyz">Readiness</a><a href="/metrics">Metrics</a></footer>`
}

function statePill({ health }: HomeState): Html {
  return health.ready
    ? html`<span class="pill">Accepting events</span>`
    : html`<span class="pill bad">Not ready: ${health.reason ?? 'no reason given'}</span>`
}

function figures({ topics, groups, durability }: HomeState): Html {
  const events = topics.reduce((sum, topic) => sum + topic.events, 0)
  const lag = groups.reduce((sum, group) => sum + group.topics.reduce((inner, { lag }) => inner + lag, 0), 0)
  const deadLetters = waitingLetters(groups)
  const survives = durability === 'power' ? 'a power cut' : durability === 'process' ? 'a crash' : durability
  return html`<div class="figure"><b>${events.toLocaleString('en')}</b><span>events kept for replay</span></div>
<div class="figure"><b>${lag.toLocaleString('en')}</b><span>deliveries owed to groups</span></div>
<div class="figure"><b class="${deadLetters === 0 ? '' : 'fault'}">${deadLetters.toLocaleString('en')}</b><span>${deadLetters === 1 ? 'dead letter waits' : 'dead letters wait'} for somebody</span></div>
<div class="figure"><b>${survives}</b><span>what an acknowledged event survives</span></div>`
}

function waitingLetters(groups: readonly GroupInfo[]): number {
  return groups.reduce((sum, { deadLetters }) => sum + deadLetters, 0)
}

function nextSteps(first: TopicInfo | undefined, url: string): Html {
  const topic = first?.name ?? 'permitApproved'
  // The topic's key is what a payload must have; what else its schema asks for, the answer says.
  const path = (first?.key ?? 'permitId').split('.')
  const payload = JSON.stringify(path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), 7))
  return html`<div class="two">
<div class="card pad"><h3>Publish</h3><pre><code>hms-sync publish ${topic} '${payload}'</code></pre>
<pre><code>curl ${url}/v1/topics/${topic}/events \\
  -H 'content-type: application/json' \\
  -d '${payload}'</code></pre></div>
<div class="card pad"><h3>Read</h3><pre><code>hms-sync subscribe ${topic} --since=10m</code></pre>
<pre><code>curl -N -H 'accept: text/event-stream' \\
  '${url}/v1/topics/${topic}/events?since=10m'</code></pre></div>
</div>`
}
