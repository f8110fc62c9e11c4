/**
 * `URLSearchParams` (URL standard, section 6.2).
 *
 * @module
 */

import { decodeUtf8 } from '../engine.ts'
import { percentDecode, percentEncode, UNSAFE_FORM } from './url-percent.ts'

type Pair = [name: string, value: string]

/** Makes the parameters of a URL, and calls `changed` at each change. For this library only. */
export let paramsOver: (query: string, changed: (query: string) => void) => URLSearchParams
/** Replaces all parameters without a call of `changed`, because the URL itself changed. For this library only. */
export let resetParams: (params: URLSearchParams, query: string) => void

export class URLSearchParams {
  #pairs: Pair[] = []
  #changed: ((query: string) => void) | undefined

  static {
    paramsOver = (query, changed) => {
      const params = new URLSearchParams()
      params.#pairs = parseForm(query)
      params.#changed = changed
      return params
    }
    resetParams = (params, query) => {
      params.#pairs = parseForm(query)
    }
  }

  constructor(
    init: string | Iterable<readonly [string, string]> | Readonly<Record<string, string>> = '',
  ) {
    if (init === '') return
    if (typeof init === 'string') {
      this.#pairs = parseForm(init.startsWith('?') ? init.slice(1) : init)
    } else if (typeof init !== 'object' || init === null) this.#pairs = parseForm(String(init))
    else if (Symbol.iterator in init) {
      for (const pair of init) {
        const [name, value, ...rest] = pair
        if (name === undefined || value === undefined || rest.length > 0) {
          throw new TypeError(
            'Cannot make URL parameters: an entry is not a pair of name and value',
          )
        }
        this.#pairs.push([toText(name), toText(value)])
      }
    } else {
      // Names that differ in halves of surrogate pairs only are the same name: the first place, the last value.
      const pairs = new Map(Object.keys(init).map((name) => [toText(name), toText(init[name])]))
      this.#pairs = [...pairs]
    }
  }

  get size(): number {
    return this.#pairs.length
  }

  get(name: string): string | null {
    const wanted = toText(name)
    // By index: taking pairs apart by pattern goes through their iterators.
    for (let at = 0; at < this.#pairs.length; at++) {
      const pair = this.#pairs[at]
      if (pair?.[0] === wanted) return pair[1]
    }
    return null
  }

  getAll(name: string): string[] {
    const wanted = toText(name)
    return this.#pairs.filter(([other]) => other === wanted).map(([, value]) => value)
  }

  has(name: string, value?: string): boolean {
    const wanted = toText(name)
    const wantedValue = value === undefined ? undefined : toText(value)
    return this.#pairs.some(
      (pair) => pair[0] === wanted && (wantedValue === undefined || pair[1] === wantedValue),
    )
  }

  append(name: string, value: string): void {
    this.#pairs.push([toText(name), toText(value)])
    this.#tell()
  }

  set(name: string, value: string): void {
    const pair: Pair = [toText(name), toText(value)]
    const at = this.#pairs.findIndex(([other]) => other === pair[0])
    if (at < 0) this.#pairs.push(pair)
    else {
      this.#pairs = this.#pairs.filter(([other], index) => index <= at || other !== pair[0])
      this.#pairs[at] = pair
    }
    this.#tell()
  }

  delete(name: string, value?: string): void {
    const unwanted = toText(name)
    const unwantedValue = value === undefined ? undefined : toText(value)
    this.#pairs = this.#pairs.filter(
      (pair) => pair[0] !== unwanted || (unwantedValue !== undefined && pair[1] !== unwantedValue),
    )
    this.#tell()
  }

  sort(): void {
    // By UTF-16 code units, as `<` compares.
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
    this.#tell()
  }

  forEach(
    callback: (value: string, name: string, params: URLSearchParams) => void,
    thisArgument?: unknown,
  ): void {
    for (const [name, value] of this.#visit()) callback.call(thisArgument, value, name, this)
  }

  entries(): IterableIterator<Pair> {
    return this.#visit()
  }

  /** Not `entries`: a class of an agent may have another, which asks for the keys. */
  *#visit(): IterableIterator<Pair> {
    // By index: a pair that is appended during the iteration is visited too.
    for (let at = 0; at < this.#pairs.length; at++) {
      const pair = this.#pairs[at]
      if (pair !== undefined) yield [pair[0], pair[1]]
    }
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#visit()) yield name
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#visit()) yield value
  }

  [Symbol.iterator](): IterableIterator<Pair> {
    return this.entries()
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  }

  get [Symbol.toStringTag](): string {
    return 'URLSearchParams'
  }

  #tell(): void {
    this.#changed?.(this.toString())
  }
}

/** The pairs of `application/x-www-form-urlencoded`. */
export function parseForm(query: string): Pair[] {
  const pairs: Pair[] = []
  if (query === '') return pairs
  const parts = query.split('&')
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]
    if (part === undefined || part === '') continue
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    pairs.push([decode(name), equals < 0 ? '' : decode(part.slice(equals + 1))])
  }
  return pairs
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeUtf8(percentDecode(spaced)) : spaced.toWellFormed()
}

function encode(text: string): string {
  const encoded = percentEncode(text, UNSAFE_FORM)
  return encoded.includes('%20') ? encoded.replaceAll('%20', '+') : encoded
}

function toText(value: unknown): string {
  return String(value).toWellFormed()
}
