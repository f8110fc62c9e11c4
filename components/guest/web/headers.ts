/**
 * `Headers`, over the list of lines that crosses the border.
 *
 * The list is kept as it came: names lower case, in order of arrival. Most requests read one or two headers
 * and most responses set one or two, so a list that is searched is faster here than a map that must be built.
 *
 * @module
 */

import type { Header } from '../host.ts'

export type HeadersInit =
  Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const UNFIT_VALUE = /[^\t\x20-\x7e\x80-\xff]/
const OUTER_SPACE = /^[\t\n\r ]+|[\t\n\r ]+$/g

// Checked once, at build time: testing a name against a pattern takes longer than finding it here.
const knownNames = new Map<string, string>(
  [
    'Accept',
    'Authorization',
    'Cache-Control',
    'Content-Length',
    'Content-Type',
    'Cookie',
    'ETag',
    'Host',
    'Location',
    'Origin',
    'Set-Cookie',
    'User-Agent',
    'Vary',
    'X-Request-Id',
  ].flatMap((name): Header[] => [
    [name, name.toLowerCase()],
    [name.toLowerCase(), name.toLowerCase()],
  ]),
)

// Likewise for values.
const knownValues: ReadonlySet<unknown> = new Set([
  'application/json',
  'application/json; charset=UTF-8',
  'application/json; charset=utf-8',
  'application/octet-stream',
  'no-cache',
  'no-store',
  'text/css; charset=UTF-8',
  'text/event-stream',
  'text/html',
  'text/html; charset=UTF-8',
  'text/html; charset=utf-8',
  'text/plain',
  'text/plain; charset=UTF-8',
  'text/plain; charset=utf-8',
  'text/plain;charset=UTF-8',
])

// Lines about encoded bodies that are decoded by now, by identity: a copy of the headers has the same lines.
let outdated: WeakSet<Header> | undefined

/** Notes that a body is no longer encoded as `lines` say. */
export function noteDecoded(lines: readonly Header[]): void {
  for (const line of lines) {
    if (line[0] !== 'content-encoding' && line[0] !== 'content-length') continue
    outdated ??= new WeakSet()
    outdated.add(line)
  }
}

/** `lines` without those that tell of a body what is no longer so: the receiver would decode it once more. */
export function linesToSend(lines: Header[]): Header[] {
  const left = outdated
  return left === undefined ? lines : lines.filter((line) => !left.has(line))
}

/** Hands out the list behind a `Headers` without copying it. For this library only. */
export let linesOf: (headers: Headers) => Header[]
/** Makes a `Headers` that owns `lines`. For this library only. */
export let headersOver: (lines: Header[], immutable: boolean) => Headers

export class Headers {
  #lines: Header[] = []
  #immutable = false

  static {
    linesOf = (headers) => headers.#lines
    headersOver = (lines, immutable) => {
      const headers = new Headers()
      headers.#lines = lines
      headers.#immutable = immutable
      return headers
    }
  }

  constructor(init?: HeadersInit) {
    if (init !== undefined) this.#lines = toLines(init)
  }

  get(name: string): string | null {
    const wanted = toName(name)
    let value: string | null = null
    for (const line of this.#lines) {
      if (line[0] === wanted)
        value = value === null ? line[1] : value + separatorOf(wanted) + line[1]
    }
    return value
  }

  has(name: string): boolean {
    const wanted = toName(name)
    return this.#lines.some((line) => line[0] === wanted)
  }

  set(name: string, value: string): void {
    const wanted = toName(name)
    const text = toValue(wanted, value)
    this.#change()
    const first = this.#lines.find((line) => line[0] === wanted)
    if (first === undefined) {
      this.#lines.push([wanted, text])
      return
    }
    this.#lines = this.#lines.filter((line) => line === first || line[0] !== wanted)
    this.#lines[this.#lines.indexOf(first)] = [wanted, text]
  }

  append(name: string, value: string): void {
    const wanted = toName(name)
    const text = toValue(wanted, value)
    this.#change()
    this.#lines.push([wanted, text])
  }

  delete(name: string): void {
    const wanted = toName(name)
    this.#change()
    this.#lines = this.#lines.filter((line) => line[0] !== wanted)
  }

  getSetCookie(): string[] {
    return this.#lines.filter((line) => line[0] === 'set-cookie').map((line) => line[1])
  }

  forEach(
    callback: (value: string, name: string, headers: Headers) => void,
    thisArgument?: unknown,
  ): void {
    for (const [name, value] of this) callback.call(thisArgument, value, name, this)
  }

  entries(): ArrayIterator<Header> {
    return sortedAndCombined(this.#lines).values()
  }

  keys(): ArrayIterator<string> {
    return sortedAndCombined(this.#lines)
      .map(([name]) => name)
      .values()
  }

  values(): ArrayIterator<string> {
    return sortedAndCombined(this.#lines)
      .map(([, value]) => value)
      .values()
  }

  [Symbol.iterator](): ArrayIterator<Header> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'Headers'
  }

  #change(): void {
    if (this.#immutable) throw new TypeError('Cannot change headers: they are immutable')
  }
}

/** Returns `init` as lines: names checked and in lower case, values checked and trimmed. */
export function toLines(init: HeadersInit): Header[] {
  if (init instanceof Headers && init[Symbol.iterator] === Headers.prototype[Symbol.iterator])
    return [...linesOf(init)]
  const lines: Header[] = []
  if (typeof init !== 'object' || init === null)
    throw new TypeError('Cannot make headers: not an object or iterable')
  if (Symbol.iterator in init) {
    for (const pair of init) {
      const both: readonly string[] = [...pair]
      const [name = 'undefined', value] = both
      if (both.length !== 2) {
        throw new TypeError('Cannot make headers: an entry is not a pair of name and value')
      }
      const lower = toName(name)
      lines.push([lower, toValue(lower, value)])
    }
    return lines
  }
  for (const name in init) {
    if (!Object.hasOwn(init, name)) continue
    const lower = toName(name)
    lines.push([lower, toValue(lower, init[name])])
  }
  return lines
}

/** Whether one of `lines` is about the type of the content. */
export function hasType(lines: readonly Header[]): boolean {
  for (let at = 0; at < lines.length; at++) if (lines[at]?.[0] === 'content-type') return true
  return false
}

function toName(name: string): string {
  const known = knownNames.get(name)
  if (known !== undefined) return known
  if (!NAME.test(name)) throw new TypeError(`Cannot use header name "${name}": not a token`)
  return String(name).toLowerCase()
}

function toValue(name: string, value: unknown): string {
  if (knownValues.has(value)) return value as string
  let text = typeof value === 'string' ? value : String(value)
  const first = text.charCodeAt(0)
  if (first <= 32 || text.charCodeAt(text.length - 1) <= 32) text = text.replace(OUTER_SPACE, '')
  if (UNFIT_VALUE.test(text)) {
    throw new TypeError(`Cannot use value of header "${name}": a character does not fit`)
  }
  return text
}

/** Between the values of lines with the same name. */
function separatorOf(name: string): string {
  // https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3
  return name === 'cookie' ? '; ' : ', '
}

function sortedAndCombined(lines: readonly Header[]): Header[] {
  const combined = new Map<string, string>()
  const result: Header[] = []
  for (const [name, value] of lines) {
    if (name === 'set-cookie') {
      result.push([name, value])
      continue
    }
    const before = combined.get(name)
    combined.set(name, before === undefined ? value : before + separatorOf(name) + value)
  }
  result.push(...combined)
  // The sort is stable, so cookies keep their order.
  return result.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
}
