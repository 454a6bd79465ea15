const maxDepth = 32

/**
 * What keeps a value from being JSON, with its place, or null. Fields that are `undefined` are left out as
 * `JSON.stringify` does; NaN and infinities are faults, because they would silently become null.
 */
export function jsonFault(value: unknown, where = 'the result', depth = 0): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null
    case 'number':
      return Number.isFinite(value) ? null : `${where} is ${value}, which JSON cannot hold`
    case 'object':
      return value === null ? null : objectFault(value, where, depth)
    case 'undefined':
      return `${where} is undefined`
    default:
      return `${where} is a ${typeof value}, which JSON cannot hold`
  }
}

function objectFault(value: object, where: string, depth: number): string | null {
  if (depth >= maxDepth) return `${where} is nested deeper than ${maxDepth} levels, or contains itself`
  if ('toJSON' in value && typeof value.toJSON === 'function') return null
  if (value instanceof Map || value instanceof Set) return `${where} is a ${value.constructor.name}, of which JSON would keep nothing`
  if (value instanceof Promise) return `${where} is a promise: await it`
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = jsonFault(value[i], `${where}[${i}]`, depth + 1)
      if (fault !== null) return fault
    }
    return null
  }
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue
    const fault = jsonFault(field, depth === 0 ? `"${name}"` : `${where}.${name}`, depth + 1)
    if (fault !== null) return fault
  }
  return null
}
