/**
 * Writes values for people as Node does, on one line of the log.
 *
 * Nothing of the agent runs meanwhile, but for the traps of a `Proxy`: a getter is shown as such. Nothing throws.
 *
 * @module
 */

import { inspectError } from './inspect-error.ts'
import { braced, nameOf, ownValue } from './object-names.ts'

// Where Node stops as well.
const MAX_DEPTH = 2
const MAX_ITEMS = 100
const MAX_CHARACTERS = 10_000

/** What a walk knows. */
export interface Walk {
  readonly depth: number
  /** The objects around the value. */
  readonly around: readonly object[]
  /** Those of them that are shown again inside of themselves, in the order in which they were met. */
  readonly circular: object[]
}

/** Returns the parts of a value that a class shows in place of its properties. */
export type Parts = (value: never, show: (item: unknown) => string) => readonly string[]

const shown = new Map<object, Parts>()

/** Has the instances with `prototype` shown as `{ parts }` behind the name of their class. */
export function showAs(prototype: object, parts: Parts): void {
  shown.set(prototype, parts)
}

/** Returns the line that `console.log(...values)` writes. */
export function format(values: readonly unknown[]): string {
  const [first, ...rest] = values
  if (typeof first !== 'string' || !first.includes('%') || rest.length === 0) {
    return values.map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ')
  }
  const text = first.replace(/%([sdifjoOc%])/g, (whole, kind: string) => {
    if (kind === '%') return '%'
    return rest.length === 0 ? whole : convert(kind, rest.shift())
  })
  return rest.length === 0 ? text : `${text} ${format(rest)}`
}

function convert(kind: string, value: unknown): string {
  const isNumeric = typeof value !== 'object' && typeof value !== 'symbol'
  switch (kind) {
    case 's':
      return typeof value === 'string' ? value : inspect(value)
    case 'd':
      return typeof value === 'bigint' ? `${value}n` : isNumeric ? plain(Number(value)) : 'NaN'
    case 'i':
      return typeof value === 'bigint'
        ? `${value}n`
        : isNumeric
          ? plain(Number.parseInt(String(value), 10))
          : 'NaN'
    case 'f':
      return typeof value === 'symbol'
        ? 'NaN'
        : isNumeric
          ? plain(Number.parseFloat(String(value)))
          : 'NaN'
    case 'c':
      return ''
    default:
      return inspect(value)
  }
}

/** Shows one value; a string in quotes. */
export function inspect(value: unknown): string {
  try {
    return show(value, { depth: 0, around: [], circular: [] })
  } catch {
    return '[a value that cannot be shown]'
  }
}

/** Shows a value inside of others. */
export function show(value: unknown, walk: Walk): string {
  switch (typeof value) {
    case 'string':
      return quoted(value)
    case 'number':
      return plain(value)
    case 'bigint':
      return `${value}n`
    case 'object':
      return value === null ? 'null' : showObject(value, walk)
    case 'function':
      return showObject(value, walk)
    default:
      return String(value)
  }
}

function showObject(value: object, walk: Walk): string {
  if (walk.around.includes(value)) {
    if (!walk.circular.includes(value)) walk.circular.push(value)
    return `[Circular *${walk.circular.indexOf(value) + 1}]`
  }
  const inner: Walk = { ...walk, depth: walk.depth + 1, around: [...walk.around, value] }
  const text = describe(value, walk, inner)
  const reference = walk.circular.indexOf(value)
  return reference < 0 ? text : `<ref *${reference + 1}> ${text}`
}

function describe(value: object, { depth }: Walk, inner: Walk): string {
  const item = (one: unknown): string => show(one, inner)
  const name = nameOf(value)
  if (value instanceof Error) return inspectError(value, item, propertiesOf(value, inner))
  const atom = atomOf(value)
  if (atom !== undefined) {
    const properties = depth > MAX_DEPTH ? [] : propertiesOf(value, inner)
    return properties.length === 0 ? atom : `${atom} ${braced('{', properties, '}')}`
  }
  if (depth > MAX_DEPTH) return Array.isArray(value) ? '[Array]' : `[${name || 'Object'}]`
  const parts = partsOf(value)
  if (parts !== undefined) return `${name} ${braced('{', parts(value as never, item), '}')}`
  if (Array.isArray(value)) {
    const prefix = name === 'Array' ? '' : `${name}(${value.length}) `
    return prefix + braced('[', [...elements(value, item), ...propertiesOf(value, inner)], ']')
  }
  const size = sizeOf(value)
  if (size !== undefined) return showCollection(value, `${name}(${size}) `, inner)
  if (value instanceof ArrayBuffer) {
    const bytes = Array.from(new Uint8Array(value, 0, Math.min(value.byteLength, 50)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    )
    const rest = value.byteLength - bytes.length
    const more = rest === 0 ? '' : ` ... ${rest} more byte${rest === 1 ? '' : 's'}`
    const contents = `[Uint8Contents]: <${bytes.join(' ')}${more}>`
    return `${name} ${braced('{', [contents, `byteLength: ${value.byteLength}`], '}')}`
  }
  if (value instanceof DataView) {
    const { byteLength, byteOffset, buffer } = value
    const parts = [
      `byteLength: ${byteLength}`,
      `byteOffset: ${byteOffset}`,
      `buffer: ${item(buffer)}`,
    ]
    return `${name} ${braced('{', parts, '}')}`
  }
  if (value instanceof WeakMap || value instanceof WeakSet) return `${name} { <items unknown> }`
  return prefixOf(value, name) + braced('{', propertiesOf(value, inner), '}')
}

/** Of what is shown in one piece. */
function atomOf(value: object): string | undefined {
  if (typeof value === 'function') return functionText(value as () => void)
  if (value instanceof Date) {
    const time = Date.prototype.getTime.call(value)
    return Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value)
  }
  if (value instanceof RegExp) return RegExp.prototype.toString.call(value)
  if (value instanceof Number) return `[Number: ${plain(Number.prototype.valueOf.call(value))}]`
  if (value instanceof Boolean) return `[Boolean: ${Boolean.prototype.valueOf.call(value)}]`
  if (value instanceof String) return `[String: ${quoted(String.prototype.valueOf.call(value))}]`
  if (value instanceof Symbol) return `[Symbol: ${Symbol.prototype.toString.call(value)}]`
  if (value instanceof BigInt) return `[BigInt: ${BigInt.prototype.valueOf.call(value)}n]`
  return undefined
}

const KINDS = ['AsyncGeneratorFunction', 'AsyncFunction', 'GeneratorFunction']

function functionText(value: () => void): string {
  const named = ownValue(value, 'name')
  const name = typeof named === 'string' ? named : ''
  // A build leaves the source out. Of functions, only the prototypes of classes cannot be replaced.
  const isClass = Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
  if (isClass && ownValue(globalThis, name) !== value && !name.endsWith('Function')) {
    const base = Object.getPrototypeOf(value) as object | null
    const parent = typeof base === 'function' ? ownValue(base, 'name') : undefined
    const extending = typeof parent === 'string' && parent !== '' ? ` extends ${parent}` : ''
    return `[class ${name === '' ? '(anonymous)' : name}${extending}]`
  }
  const kind = KINDS.find((each) => tagOf(value) === each) ?? 'Function'
  return name === '' ? `[${kind} (anonymous)]` : `[${kind}: ${name}]`
}

const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array

function sizeOf(value: object): number | undefined {
  if (value instanceof Map || value instanceof Set) return value.size
  return value instanceof TypedArray ? value.length : undefined
}

function showCollection(value: object, prefix: string, inner: Walk): string {
  const item = (one: unknown): string => show(one, inner)
  if (value instanceof TypedArray) {
    const listed = Array.from(value.subarray(0, MAX_ITEMS) as unknown as ArrayLike<unknown>, item)
    const rest = value.length - listed.length
    return prefix + braced('[', [...listed, ...moreOf(rest), ...propertiesOf(value, inner)], ']')
  }
  const all: string[] = []
  let count = 0
  if (value instanceof Map) {
    for (const [key, one] of Map.prototype.entries.call(value)) {
      if (++count <= MAX_ITEMS) all.push(`${item(key)} => ${item(one)}`)
    }
  } else {
    for (const one of Set.prototype.values.call(value))
      if (++count <= MAX_ITEMS) all.push(item(one))
  }
  const parts = [...all, ...moreOf(count - all.length), ...propertiesOf(value, inner)]
  return prefix + braced('{', parts, '}')
}

function elements(value: readonly unknown[], item: (one: unknown) => string): string[] {
  const parts: string[] = []
  let at = 0
  while (at < value.length && parts.length < MAX_ITEMS) {
    let holes = 0
    while (at + holes < value.length && !Object.hasOwn(value, at + holes)) holes++
    if (holes > 0) parts.push(`<${holes} empty item${holes === 1 ? '' : 's'}>`)
    else parts.push(propertyText(value, String(at), item))
    at += holes === 0 ? 1 : holes
  }
  return [...parts, ...moreOf(value.length - at)]
}

function moreOf(count: number): string[] {
  return count <= 0 ? [] : [`... ${count} more item${count === 1 ? '' : 's'}`]
}

/** The own properties that are enumerable, but for elements, as `key: value`. */
function propertiesOf(value: object, inner: Walk): string[] {
  const item = (one: unknown): string => show(one, inner)
  const isList = Array.isArray(value) || value instanceof TypedArray || value instanceof String
  return Reflect.ownKeys(value).flatMap((key) => {
    if (isList && typeof key === 'string' && /^\d+$/.test(key)) return []
    if (Object.getOwnPropertyDescriptor(value, key)?.enumerable !== true) return []
    const name =
      typeof key === 'symbol' ? String(key) : /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key)
    return [`${name}: ${propertyText(value, key, item)}`]
  })
}

function propertyText(value: object, key: PropertyKey, item: (one: unknown) => string): string {
  const found = Object.getOwnPropertyDescriptor(value, key)
  if (found?.get !== undefined) return found.set === undefined ? '[Getter]' : '[Getter/Setter]'
  return found?.set === undefined ? item(found?.value) : '[Setter]'
}

function partsOf(value: object): Parts | undefined {
  for (
    let at: object | null = value;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const parts = shown.get(at)
    if (parts !== undefined) return at === value ? undefined : parts
  }
  return undefined
}

function prefixOf(value: object, name: string): string {
  const tag = tagOf(value)
  const shownTag = tag === undefined || tag === '' || tag === name ? '' : `[${tag}] `
  if (name === '') return `[Object: null prototype] ${shownTag}`
  return name === 'Object' && shownTag === '' ? '' : `${name} ${shownTag}`
}

function tagOf(value: object): string | undefined {
  for (
    let at: object | null = value;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const found = Object.getOwnPropertyDescriptor(at, Symbol.toStringTag)
    if (found !== undefined) return typeof found.value === 'string' ? found.value : undefined
  }
  return undefined
}

function plain(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
  '\\': '\\\\',
}

/** In the quotes that the text does not contain, as Node has it. */
function quoted(text: string): string {
  const rest = text.length - MAX_CHARACTERS
  const kept = rest > 0 ? text.slice(0, MAX_CHARACTERS) : text
  const quote = ["'", '"', '`'].find((each) => !kept.includes(each)) ?? "'"
  // eslint-disable-next-line no-control-regex -- control characters are what it is about
  const escaped = kept.replace(/[\x00-\x1f\x7f-\x9f\\]/g, (unit) => {
    return ESCAPES[unit] ?? `\\x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
  const safe = quote === "'" ? escaped.replaceAll("'", "\\'") : escaped
  const more = rest > 0 ? `... ${rest} more character${rest === 1 ? '' : 's'}` : ''
  return `${quote}${safe}${quote}${more}`
}
