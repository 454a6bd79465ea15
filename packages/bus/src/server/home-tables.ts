import type { AdapterInfo, GroupInfo, TopicInfo } from '@hms-sync/client'
import { age, deadLetterCount, empty, healthNote, healthPill, maxRows, more, names, number, size } from './home-cells.js'
import { type Html, html } from './html.js'

export function topicTable(topics: readonly TopicInfo[]): Html {
  if (topics.length === 0) return empty('There are no topics yet. Add one with hms-sync topics add NAME.')
  return html`<table><thead><tr><th>Topic</th><th>Delivery</th><th>Order</th><th>Replay</th><th>Schema</th><th class="n">Events</th><th class="n">Size</th><th>Groups</th></tr></thead><tbody>${topics.slice(0, maxRows).map(topicRow)}</tbody></table>${more(topics.length, '/v1/topics')}`
}

export function groupTable(groups: readonly GroupInfo[], nowMs: number): Html {
  if (groups.length === 0)
    return empty('There are no groups yet. A name under consumers in topics.yaml is one, and so is a subscriber with a name.')
  const rows = groups.flatMap((group) => group.topics.map((place, index) => ({ group, place, first: index === 0 })))
  return html`<table><thead><tr><th>Group</th><th>Topic</th><th class="n">Members</th><th class="n">Waiting</th><th class="n">Oldest</th><th class="n">In flight</th><th class="n">Retrying</th><th class="n">Delivered</th><th class="n">Dead</th></tr></thead><tbody>${rows.slice(0, maxRows).map((row) => groupRow(row, nowMs))}</tbody></table>${more(rows.length, '/v1/groups')}`
}

export function adapterTable(adapters: readonly AdapterInfo[], groups: readonly GroupInfo[], nowMs: number): Html {
  if (adapters.length === 0) return empty('There are no adapters. Put one into the folder adapters/ beside topics.yaml.')
  const groupOf = new Map(groups.map((group) => [group.name, group]))
  const rows = adapters.slice(0, maxRows).map((adapter) => adapterRow(adapter, groupOf.get(adapter.name), nowMs))
  return html`<table><thead><tr><th>Adapter</th><th>State</th><th>Topics</th><th class="n">Delivered</th><th class="n">Failed</th><th class="n">Waiting</th><th class="n">Dead</th></tr></thead><tbody>${rows}</tbody></table>${more(adapters.length, '/v1/adapters')}`
}

function topicRow(topic: TopicInfo): Html {
  const schema =
    topic.schema === null
      ? html`<span class="soft">none</span>`
      : topic.unvalidated
        ? html`<span class="pill warn plain">${topic.schema} unvalidated</span>`
        : html`${topic.schema}`
  return html`<tr><td><span class="name">${topic.name}</span>${topic.description === '' ? '' : html`<br><span class="small soft">${topic.description}</span>`}</td>
<td class="keep">${topic.qos.replaceAll('_', ' ')}</td><td class="keep">${topic.key === null ? html`<span class="soft">none</span>` : html`by <code>${topic.key}</code>`}</td><td>${topic.retention}</td><td>${schema}</td><td class="n">${number(topic.events)}</td><td class="n">${size(topic.bytes)}</td><td>${names(topic.groups)}</td></tr>`
}

/** The name stands once, beside the first of the group's topics; what went wrong last stands under each topic, over the whole width. */
function groupRow(
  { group, place, first }: { readonly group: GroupInfo; readonly place: GroupInfo['topics'][number]; readonly first: boolean },
  nowMs: number,
): Html {
  const members = group.members === 0 ? html`<span class="soft">0</span>` : html`${group.members}`
  const health = first ? healthPill(group.health, nowMs) : ''
  const parked = place.parked === 0 ? '' : html`<br><span class="small soft">${number(place.parked)} parked</span>`
  const fault =
    place.lastError === null
      ? ''
      : html`<tr class="under"><td></td><td colspan="8"><span class="small fault">${place.lastError.reason.slice(0, 300)}</span></td></tr>`
  return html`<tr><td>${first ? html`<span class="name">${group.name}</span>` : ''}${health === '' ? '' : html`<br>${health}`}</td><td>${place.topic}</td><td class="n">${first ? members : ''}</td><td class="n">${number(place.lag)}${parked}</td><td class="n">${age(place.oldestWaiting, nowMs)}</td><td class="n">${number(place.inFlight)}</td><td class="n">${number(place.retrying)}</td><td class="n">${number(place.delivered)}</td><td class="n">${first ? deadLetterCount(group.name, group.deadLetters) : ''}</td></tr>${fault}`
}

/** Whether it runs, and whether the system behind it takes what it brings: the second matters only with the first. */
function adapterRow(adapter: AdapterInfo, group: GroupInfo | undefined, nowMs: number): Html {
  const { name, state, reason, target, topics, delivered, failed } = adapter
  const health = state === 'running' ? healthNote(group?.health ?? null, nowMs) : ''
  const pill = health === '' ? html`<span class="${state === 'running' ? 'pill' : 'pill bad'}">${state}</span>` : health
  const waiting = group?.topics.reduce((sum, { lag }) => sum + lag, 0)
  return html`<tr><td><span class="name">${name}</span>${target === null ? '' : html`<br><span class="small soft">${target}</span>`}</td><td>${pill}${reason === undefined ? '' : html`<p class="small soft">${reason}</p>`}</td><td>${names(topics)}</td><td class="n">${number(delivered)}</td><td class="n">${number(failed)}</td><td class="n">${number(waiting)}</td><td class="n">${deadLetterCount(name, group?.deadLetters ?? 0)}</td></tr>`
}
