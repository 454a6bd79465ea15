import type { DeadLetterInfo } from '@hms-sync/client'
import { age, number } from './home-cells.js'
import { type Html, html } from './html.js'

const maxKey = 40

/** The newest dead letters that wait for somebody, and what to type; nothing while there are none. */
export function deadLetterSection(letters: readonly DeadLetterInfo[], count: number, nowMs: number): Html | string {
  const first = letters[0]
  if (first === undefined) return ''
  const rest =
    count > letters.length
      ? html` These are the newest ${letters.length} of ${number(count)}: <a href="/v1/dead-letters?state=open">all of them as JSON</a>.`
      : ''
  return html`<h2 id="dead-letters">Dead letters</h2>
<div class="card" role="region" tabindex="0" aria-labelledby="dead-letters"><table><thead><tr><th class="n">Id</th><th>Delivery</th><th class="n">Age</th></tr></thead><tbody>${letters.map((letter) => row(letter, nowMs))}</tbody></table></div>
<p class="small soft">To look at one: <code>hms-sync dlq show ${first.id}</code>, to mend it: <code>hms-sync dlq edit ${first.id}</code>, to send it again: <code>hms-sync dlq redrive ${first.id}</code>.${rest}</p>`
}

function row({ id, group, topic, key, at, reason, parked }: DeadLetterInfo, nowMs: number): Html {
  const about = key === null ? '' : html` <code>${key.length > maxKey ? `${key.slice(0, maxKey)}…` : key}</code>`
  const behind = parked === 0 ? '' : html` <span class="small soft">${number(parked)} wait behind it</span>`
  return html`<tr><td class="n"><a href="/v1/dead-letters/${id}">${id}</a></td><td><span class="name">${group}</span> ${topic}${about}${behind}<br><span class="small fault">${reason.slice(0, 300)}</span></td><td class="n">${age(at, nowMs)}</td></tr>`
}
