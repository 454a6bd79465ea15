/** A moment on this machine's clock: `2026-11-21 15:02:11`. What is no time stays as it is. */
export function localTime(time: string): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? time : `${localDay(time)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** `2026-11-21` */
export function localDay(time: string): string {
  const at = new Date(time)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** `15:02:11.120` */
export function localClock(time: string): string {
  const at = new Date(time)
  return Number.isNaN(at.getTime()) ? time : `${localTime(time).slice(11)}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** As short as it can be told apart: `15:02:11` today, `11-21 15:02:11` on another day. */
export function shortTime(time: string): string {
  return localDay(time) === localDay(new Date().toISOString()) ? localTime(time).slice(11) : localTime(time).slice(5)
}

/** How long ago it was, in its largest whole unit: `5m`, `3d`. */
export function age(time: string, nowMs = Date.now()): string {
  const ms = nowMs - Date.parse(time)
  for (const [unitMs, unit] of units) if (ms >= unitMs) return `${Math.floor(ms / unitMs)}${unit}`
  return 'now'
}

/** How long something took: `14 ms`, `3.2 s`. */
export function took(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

const units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
] as const

function two(n: number): string {
  return String(n).padStart(2, '0')
}
