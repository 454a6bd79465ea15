import { fileURLToPath, pathToFileURL } from 'node:url'
import { ownPackages } from './own-packages.js'

/**
 * Runs a TypeScript file and gives its default export: by Node's own type stripping where it has it (22.18 and later),
 * else by jiti. Types are not checked, in either case.
 */
export async function loadTypeScript(path: string): Promise<unknown> {
  // Newer than the types of the oldest Node that is supported.
  if ('typescript' in process.features && process.features.typescript !== false) {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown }
    return module.default
  }
  const { createJiti } = await import('jiti')
  const alias = Object.fromEntries(Object.entries(ownPackages()).map(([name, url]) => [name, fileURLToPath(url)]))
  const jiti = createJiti(import.meta.url, { fsCache: false, alias })
  try {
    return await jiti.import(path, { default: true })
  } catch (error) {
    throw withPlace(error, path)
  }
}

/** jiti ends the message of a syntax error with `/file.ts:3:2`, whose columns count from 0. */
function withPlace(error: unknown, path: string): unknown {
  const match = error instanceof Error ? /^(?:ParseError: )?(.*?)\s*\n\s(\S.*):(\d+):(\d+)$/s.exec(error.message) : null
  if (match === null) return error
  const located = new SyntaxError(match[1])
  located.stack = `SyntaxError\n    at ${match[2] ?? path}:${match[3]}:${Number(match[4]) + 1}`
  return located
}
