import { register } from 'node:module'

const names = ['@hms-sync/adapter', '@hms-sync/client'] as const

/** Where this bus has the packages that adapter files import, by name. */
export function ownPackages(): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, import.meta.resolve(name)]))
}

/**
 * Lends adapter files the bus's own `@hms-sync/adapter`, where the project folder has none installed: a folder with an
 * adapter in it and no package.json is a project, too. What the project has installed itself comes first.
 */
export function lendOwnPackages(): void {
  if (lent) return
  lent = true
  // A hook lives in a module of its own. Ours needs nothing but these names, so it travels in its address.
  const hook = `const own = ${JSON.stringify(ownPackages())}
export async function resolve(name, context, next) {
  try {
    return await next(name, context)
  } catch (error) {
    if (!Object.hasOwn(own, name)) throw error
    return { url: own[name], shortCircuit: true }
  }
}`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
}

let lent = false
