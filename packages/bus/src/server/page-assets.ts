/** The one style of the server's own pages, light and dark by what the reader's system prefers. */
export const pageStyle = `
:root { color-scheme: light dark; --ground: #f6f7f7; --card: #ffffff; --ink: #16211f; --soft: #5b6a67; --line: #e0e6e4; --accent: #0f766e; --tint: #e3f3f0; --warn: #9a5b00; --warn-tint: #fdf1dc; --bad: #b42318; --bad-tint: #fdeceb; --code: #f0f3f2; }
@media (prefers-color-scheme: dark) { :root { --ground: #0e1413; --card: #161e1c; --ink: #e7eeec; --soft: #94a5a1; --line: #283431; --accent: #4fd1bf; --tint: #143430; --warn: #f0b860; --warn-tint: #352810; --bad: #ff9189; --bad-tint: #3a1917; --code: #0f1615; } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
a { color: var(--accent); text-underline-offset: 3px }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .87em }
code { background: var(--code); border-radius: 4px; padding: .1em .35em; overflow-wrap: break-word }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; overflow-x: auto; margin: .5rem 0 0; line-height: 1.6 }
pre code { background: none; padding: 0; overflow-wrap: normal }
.top, main { max-width: 1120px; margin: 0 auto; padding: 0 1.5rem }
.top { display: flex; align-items: center; gap: 1.75rem; padding-top: 1.4rem; flex-wrap: wrap }
.brand { display: inline-flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.08rem; letter-spacing: -.01em; color: var(--ink); text-decoration: none }
.brand svg { width: 28px; height: 28px } .brand rect { fill: #0f766e } .brand path { fill: none; stroke: #fff; stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round }
nav { display: flex; gap: 1.2rem; flex: 1 } nav a { color: var(--soft); text-decoration: none } nav a:hover, nav a[aria-current] { color: var(--ink) } nav a[aria-current] { font-weight: 600 }
.pill { display: inline-flex; align-items: center; gap: .45rem; border-radius: 999px; padding: .18rem .7rem; font-size: .82rem; font-weight: 600; background: var(--tint); color: var(--accent); white-space: nowrap }
.pill::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: currentColor }
.pill.warn { background: var(--warn-tint); color: var(--warn) } .pill.bad { background: var(--bad-tint); color: var(--bad) } .pill.plain::before { display: none }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.025em; margin: 2.2rem 0 .5rem; font-weight: 680 }
h2 { font-size: 1.12rem; letter-spacing: -.01em; margin: 2.4rem 0 .8rem; font-weight: 640 }
h3 { font-size: 1rem; margin: 0; font-weight: 620 } h4 { font-size: .78rem; margin: 1.1rem 0 .35rem; color: var(--soft); font-weight: 600; text-transform: uppercase; letter-spacing: .05em }
p { margin: .4rem 0 } .lead { color: var(--soft); font-size: 1.05rem; max-width: 46rem } .soft { color: var(--soft) } .small { font-size: .87rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow-x: auto } .card:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px } .card > p.pad { position: sticky; left: 0 }
.pad { padding: 1.1rem 1.3rem }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600; color: var(--soft); font-size: .78rem; text-transform: uppercase; letter-spacing: .045em; white-space: nowrap }
th, td { padding: .65rem 1.1rem; border-top: 1px solid var(--line); vertical-align: top } thead th { border-top: 0; padding-top: .8rem } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td .name { font-weight: 600; overflow-wrap: break-word } td.keep { white-space: nowrap } .fault { color: var(--bad); overflow-wrap: anywhere } tr.under td { border-top: 0; padding-top: 0 } tbody tr:hover { background: color-mix(in srgb, var(--tint) 28%, transparent) }
@media (max-width: 600px) { .card th, .card td { padding-left: .75rem; padding-right: .75rem } .card td .name { overflow-wrap: anywhere } .card td:first-child:not(.n) { min-width: 11rem } .card td:has(.fault, p) { min-width: 12rem } }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .9rem; margin-top: 1.6rem }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: .95rem 1.2rem } .figure b { display: block; font-size: 1.65rem; letter-spacing: -.02em; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.25 } .figure span { color: var(--soft); font-size: .86rem }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } @media (max-width: 800px) { .two { grid-template-columns: 1fr } }
.two > * { min-width: 0 }
footer { max-width: 1120px; margin: 2.5rem auto 0; padding: 1rem 1.5rem 2.5rem; color: var(--soft); font-size: .87rem; display: flex; gap: 1.2rem; flex-wrap: wrap }
.columns { display: grid; grid-template-columns: 200px 1fr; gap: 2.5rem; align-items: start } .columns > div { min-width: 0 } @media (max-width: 860px) { .columns { grid-template-columns: 1fr } .index { display: none } }
.index { position: sticky; top: 1rem; font-size: .87rem; margin-top: 2.6rem; max-height: calc(100vh - 2rem); overflow-y: auto } .index b { display: block; margin: 1rem 0 .3rem; text-transform: uppercase; font-size: .75rem; letter-spacing: .05em; color: var(--soft) } .index a { display: block; padding: .16rem 0; color: var(--ink); text-decoration: none } .index a:hover { color: var(--accent) }
.operation { margin-bottom: 1rem } .operation > summary { cursor: pointer; list-style: none; display: flex; gap: .8rem; align-items: baseline; padding: .85rem 1.2rem; flex-wrap: wrap } .operation > summary::-webkit-details-marker { display: none } .operation > div { padding: 0 1.2rem 1.2rem; border-top: 1px solid var(--line) } .operation > div > p:first-child { margin-top: .9rem }
.verb { font: 650 .74rem/1.5 ui-monospace, Menlo, Consolas, monospace; min-width: 4rem; text-align: center; border-radius: 6px; padding: .1rem .4rem; background: var(--tint); color: var(--accent) } .verb.post { background: var(--warn-tint); color: var(--warn) } .verb.delete { background: var(--bad-tint); color: var(--bad) }
.path { font-weight: 600 } .operation td, .operation th { padding: .4rem .9rem .4rem 0 } .operation td:first-child { width: 19rem; white-space: nowrap } .operation table table td:first-child { width: 9rem } .operation table table tr:first-child td { border-top: 0 } .operation tbody tr:hover { background: none } @media (max-width: 600px) { .operation td, .operation td:first-child { display: block; width: auto; border-top: 0; padding: .15rem 0; white-space: normal } .operation tr { display: block; border-top: 1px solid var(--line); padding: .4rem 0 } }
`

/** Fetches the page again every two seconds while it is looked at, and takes over what is marked as live. */
export const pageScript = `
const parser = new DOMParser();
let waiting = false;
setInterval(async () => {
  if (document.hidden || waiting) return;
  waiting = true;
  try {
    const page = parser.parseFromString(await (await fetch(location.pathname)).text(), 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) {
      const fresh = page.querySelector('[data-live="' + part.dataset.live + '"]');
      if (!fresh || fresh.innerHTML === part.innerHTML) continue;
      const before = [...part.querySelectorAll('.card')].map((card) => card.scrollLeft);
      part.innerHTML = fresh.innerHTML;
      part.querySelectorAll('.card').forEach((card, at) => { card.scrollLeft = before[at] ?? 0 });
    }
  } catch {
    for (const part of document.querySelectorAll('[data-live="state"]')) part.innerHTML = '<span class="pill bad">Not reachable</span>';
  }
  waiting = false;
}, 2000);
`
