import type { AdapterInfo, GroupInfo, TopicInfo } from '@hms-sync/client'
import { formatDuration } from '@hms-sync/client'
import { type Html, html } from './html.js'

/** A page stays readable and small with ten thousand topics; the JSON has them all. */
const maxRows = 200

export function topicTable(topics: readonly TopicInfo[]): Html {
  if (topics.length === 0) return empty('There are no topics yet. Add one with hms-sync topics add NAME.')
  return html`<table><thead><tr><th>Topic</th><th>Delivery</th><th>Order</th><th>Replay</th><th>Schema</th><th class="n">Events</th><th class="n">Size</th><th>Groups</th></tr></thead><tbody>${topics.slice(0, maxRows).map(topicRow)}</tbody></table>${more(topics.length, '/v1/topics')}`
}

export function groupTable(groups: readonly GroupInfo[], nowMs: number): Html {
  if (groups.length === 0)
    return empty('There are no groups yet. A name under consumers in topics.yaml is one, and so is a subscriber with a name.')
  const rows = groups.flatMap((group) => group.topics.map((place, index) => ({ group, place, first: index === 0 })))
  return html`<table><thead><tr><th>Group</th><th>Topic</th><th class="n">Members</th><th class="n">Waiting</th><th class="n">Oldest</th><th class="n">In flight</th><th class="n">Retrying</th><th class="n">Delivered</th></tr></thead><tbody>${rows.slice(0, maxRows).map((row) => groupRow(row, nowMs))}</tbody></table>${more(rows.length, '/v1/groups')}`
}

export function adapterTable(adapters: readonly AdapterInfo[]): Html {
  if (adapters.length === 0) return empty('There are no adapters. Put one into the folder adapters/ beside topics.yaml.')
  return html`<table><thead><tr><th>Adapter</th><th>State</th><th>Topics</th><th class="n">Delivered</th><th class="n">Failed</th></tr></thead><tbody>${adapters
    .slice(0, maxRows)
    .map(
      ({ name, state, topics, reason, delivered, failed }) =>
        html`<tr><td><span class="name">${name}</span></td><td><span class="${state === 'running' ? 'pill' : 'pill bad'}">${state}</span>${reason === undefined ? '' : html`<p class="small soft">${reason}</p>`}</td><td>${names(topics)}</td><td class="n">${number(delivered)}</td><td class="n">${number(failed)}</td></tr>`,
    )}</tbody></table>${more(adapters.length, '/v1/adapters')}`
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

/** The name stands once, beside the first of the group's topics. */
function groupRow(
  { group, place, first }: { readonly group: GroupInfo; readonly place: GroupInfo['topics'][number]; readonly first: boolean },
  nowMs: number,
): Html {
  const members = group.members === 0 ? html`<span class="soft">0</span>` : html`${group.members}`
  const fault = place.lastError === null ? '' : html`<br><span class="small fault">${place.lastError.reason.slice(0, 300)}</span>`
  return html`<tr><td>${first ? html`<span class="name">${group.name}</span>` : ''}</td><td>${place.topic}${fault}</td><td class="n">${first ? members : ''}</td><td class="n">${number(place.lag)}</td><td class="n">${age(place.oldestWaiting, nowMs)}</td><td class="n">${number(place.inFlight)}</td><td class="n">${number(place.retrying)}</td><td class="n">${number(place.delivered)}</td></tr>`
}

function names(list: readonly string[]): Html {
  if (list.length === 0) return html`<span class="soft">none</span>`
  const shown = list.slice(0, 8).join(', ')
  return html`${shown}${list.length > 8 ? html` <span class="soft">and ${list.length - 8} more</span>` : ''}`
}

function empty(text: string): Html {
  return html`<p class="pad soft">${text}</p>`
}

function more(count: number, href: string): Html | string {
  return count <= maxRows
    ? ''
    : html`<p class="pad small soft">${maxRows} of ${count} are shown; <a href="${href}">all of them as JSON</a>.</p>`
}

function number(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en')
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** How long it has waited, in its largest whole unit. */
function age(time: string | null, nowMs: number): string {
  if (time === null) return '–'
  const ms = Math.max(0, nowMs - Date.parse(time))
  for (const unitMs of [86_400_000, 3_600_000, 60_000, 1_000]) if (ms >= unitMs) return formatDuration(Math.floor(ms / unitMs) * unitMs)
  return 'now'
}
