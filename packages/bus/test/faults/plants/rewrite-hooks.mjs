let rewrite

export function initialize(data) {
  rewrite = data
}

export async function load(url, context, next) {
  const loaded = await next(url, context)
  const [file, from, to] = rewrite
  if (!url.endsWith(file)) return loaded
  const source = String(loaded.source)
  if (!source.includes(from)) throw new Error(`${file} does not hold "${from}"; the bug cannot be planted.`)
  return { ...loaded, source: source.replace(from, to) }
}
