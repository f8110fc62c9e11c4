/**
 * Writes values for people, on one line of the log.
 *
 * @module
 */

const MAX_DEPTH = 4 // Deeper than that, a log line is no longer read
const MAX_ITEMS = 100 // The same number at which Node stops

/** Returns the line that `console.log(...values)` writes. */
export function format(values: readonly unknown[]): string {
  const [first, ...rest] = values
  if (typeof first !== 'string' || !first.includes('%') || rest.length === 0) {
    return values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')
  }
  const text = first.replace(/%([sdifoOjc%])/g, (whole, kind: string) => {
    if (kind === '%') return '%'
    if (rest.length === 0) return whole
    const value = rest.shift()
    switch (kind) {
      case 's':
        return typeof value === 'string' ? value : inspect(value)
      case 'd':
        return String(Number(value))
      case 'i':
        return String(Math.trunc(Number(value)))
      case 'f':
        return String(Number.parseFloat(String(value)))
      case 'c':
        return ''
      default:
        return inspect(value)
    }
  })
  return rest.length === 0 ? text : `${text} ${format(rest)}`
}

export function inspect(value: unknown, depth = 0, seen: readonly object[] = []): string {
  if (typeof value === 'string') return `'${value.replace(/'/g, "\\'")}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.includes(value)) return '[Circular]'
  if (value instanceof Error) return inspectError(value)
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? 'Date(NaN)' : value.toISOString()
  if (value instanceof RegExp) return String(value)
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[Array]' : '[Object]'
  const show = (item: unknown): string => inspect(item, depth + 1, [...seen, value])
  if (Array.isArray(value)) return `[${list(value, show)}]`
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = value as unknown as Iterable<unknown>
    return `${value.constructor.name} [${list([...items], show)}]`
  }
  if (value instanceof Map) {
    return `Map {${list([...value], (pair) => `${show(pair[0])} => ${show(pair[1])}`)}}`
  }
  if (value instanceof Set) return `Set {${list([...value], show)}}`
  const name = (value.constructor as { name?: string } | undefined)?.name
  const prefix = name === 'Object' || name === undefined ? '' : `${name} `
  return `${prefix}{${list(Object.entries(value), ([key, item]) => `${toKey(key)}: ${show(item)}`)}}`
}

function inspectError(error: Error): string {
  const { stack } = error
  const head = `${error.name}: ${error.message}`
  const cause = error.cause === undefined ? '' : `\n[cause]: ${inspect(error.cause)}`
  return `${stack === undefined || stack === '' ? head : `${head}\n${stack.trimEnd()}`}${cause}`
}

function list<T>(items: readonly T[], show: (item: T) => string): string {
  const shown = items.slice(0, MAX_ITEMS).map(show)
  if (items.length > MAX_ITEMS) shown.push(`… ${items.length - MAX_ITEMS} more`)
  return shown.length === 0 ? '' : ` ${shown.join(', ')} `
}

function toKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : inspect(key)
}
