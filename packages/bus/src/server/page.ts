import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { type Html, html, Html as Raw } from './html.js'
import { pageScript, pageStyle } from './page-assets.js'

export interface Page {
  readonly title: string
  readonly main: Html
  /** True: the parts marked `data-live` are fetched again every few seconds. */
  readonly live?: boolean
}

/** Everything is in the page itself, and nothing else may be loaded or run: only our own style and script, by their hashes. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src ${hashOf(pageStyle)}`,
  `script-src ${hashOf(pageScript)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230f766e'/%3E%3Cpath d='M7 12h14l-4-4M25 20H11l4 4' fill='none' stroke='white' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E"

/** A whole page, self-contained, that no other site can frame. */
export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="icon" href="${icon}">
<style>${new Raw(pageStyle)}</style>
</head>
<body>
${page.main}
${page.live === true ? html`<script>${new Raw(pageScript)}</script>` : ''}
</body>
</html>
`
  return reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .send(document.text)
}

/** The logo with the way between the pages. */
export function pageHeader(here: 'home' | 'docs', aside: Html): Html {
  const link = (href: string, label: string, current: boolean) =>
    current ? html`<a href="${href}" aria-current="page">${label}</a>` : html`<a href="${href}">${label}</a>`
  return html`<header class="top"><a class="brand" href="/"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M7 12h14l-4-4M25 20H11l4 4"/></svg>hms-sync</a>
<nav aria-label="Pages">${link('/', 'Overview', here === 'home')}${link('/docs', 'HTTP reference', here === 'docs')}${link('/metrics', 'Metrics', false)}</nav>${aside}</header>`
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
