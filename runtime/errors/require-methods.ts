/** Whether an object of an embedder has the methods that are called on it. @module */

/**
 * @param what - what it is used as, such as `kv driver`
 * @param value - of any type: programs in JavaScript pass anything
 * @throws {TypeError} naming the methods that it lacks
 */
export function requireMethods(what: string, value: unknown, methods: readonly string[]): void {
  const shown = `${what}${quotedName(value)}`
  if (typeof value === 'function') {
    throw new TypeError(`Cannot use ${shown}: it is a function, pass what the function returns`)
  }
  // The cast: any value but these two has properties of any name, which may be undefined.
  const members = (value ?? {}) as Readonly<Record<string, unknown>>
  const missing = methods.filter((method) => typeof members[method] !== 'function')
  if (missing.length === 0) return
  const list = missing.map((method) => `${method}()`).join(', ')
  throw new TypeError(`Cannot use ${shown}: it lacks ${list}`)
}

function quotedName(value: unknown): string {
  const isNamed = (typeof value === 'object' && value !== null) || typeof value === 'function'
  if (!isNamed || !('name' in value)) return ''
  return typeof value.name === 'string' && value.name !== '' ? ` "${value.name}"` : ''
}
