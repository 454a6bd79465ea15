import { formatDuration, type TargetHealth } from '@hms-sync/client'
import { type Html, html } from './html.js'

/** A page stays readable and small with ten thousand topics; the JSON has them all. */
export const maxRows = 200

/** How the system behind a group answers and since when; nothing where all is well. */
export function healthPill(health: TargetHealth | null, nowMs: number): Html | string {
  if (health === null || health.state === 'healthy') return ''
  return html`<span class="${health.state === 'recovering' ? 'pill' : 'pill warn'}">${health.state} for ${age(health.since, nowMs)}</span>`
}

/** The same with the reason, and when it is tried next. */
export function healthNote(health: TargetHealth | null, nowMs: number): Html | string {
  const pill = healthPill(health, nowMs)
  if (pill === '' || health === null || health.reason === null) return pill
  const probe =
    health.nextProbe === null
      ? ''
      : `, tried again ${Date.parse(health.nextProbe) > nowMs ? `in ${until(health.nextProbe, nowMs)}` : 'now'}`
  return html`${pill}<br><span class="small soft">${health.reason.slice(0, 300)}${probe}</span>`
}

/** How many wait for somebody, linked to them. */
export function deadLetterCount(group: string, count: number): Html {
  if (count === 0) return html`0`
  return html`<a class="fault" href="/v1/dead-letters?state=open&amp;group=${encodeURIComponent(group)}">${number(count)}</a>`
}

export function names(list: readonly string[]): Html {
  if (list.length === 0) return html`<span class="soft">none</span>`
  const shown = list.slice(0, 8).join(', ')
  return html`${shown}${list.length > 8 ? html` <span class="soft">and ${list.length - 8} more</span>` : ''}`
}

export function empty(text: string): Html {
  return html`<p class="pad soft">${text}</p>`
}

export function more(count: number, href: string): Html | string {
  return count <= maxRows
    ? ''
    : html`<p class="pad small soft">${maxRows} of ${count} are shown; <a href="${href}">all of them as JSON</a>.</p>`
}

export function number(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en')
}

export function size(bytes: number): string {
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
export function age(time: string | null, nowMs: number): string {
  if (time === null) return '–'
  const ms = Math.max(0, nowMs - Date.parse(time))
  for (const unitMs of [86_400_000, 3_600_000, 60_000, 1_000]) if (ms >= unitMs) return formatDuration(Math.floor(ms / unitMs) * unitMs)
  return 'now'
}

function until(time: string, nowMs: number): string {
  return formatDuration(Math.max(1, Math.ceil((Date.parse(time) - nowMs) / 1_000)) * 1_000)
}
