/**
 * `URL` (URL standard, section 6.1).
 *
 * @module
 */

import { parseHost } from './url-host.ts'
import { percentEncode, UNSAFE_FRAGMENT, UNSAFE_USERINFO } from './url-percent.ts'
import {
  encodeQuery,
  isSpecial,
  parsePort,
  parseUrl,
  serializePath,
  setPathAndQuery,
  type UrlRecord,
} from './url-parser.ts'
import { paramsOver, resetParams, URLSearchParams } from './url-search-params.ts'

export class URL {
  #record: UrlRecord
  #href: string | undefined
  #params: URLSearchParams | undefined

  constructor(url: string | URL, base?: string | URL) {
    this.#record = parseUrl(
      String(url),
      base === undefined ? undefined : parseUrl(String(base), undefined),
    )
  }

  static canParse(url: string | URL, base?: string | URL): boolean {
    return URL.parse(url, base) !== null
  }

  static parse(url: string | URL, base?: string | URL): URL | null {
    try {
      return new URL(url, base)
    } catch {
      return null
    }
  }

  get href(): string {
    return (this.#href ??= this.#serialize())
  }

  set href(value: string) {
    this.#record = parseUrl(String(value), undefined)
    this.#changed()
  }

  get origin(): string {
    const { scheme, path } = this.#record
    if (scheme === 'blob' && typeof path === 'string') {
      const inner = URL.parse(path)
      return inner !== null && /^https?:$/.test(inner.protocol) ? inner.origin : 'null'
    }
    return isSpecial(scheme) && scheme !== 'file' ? `${scheme}://${this.host}` : 'null'
  }

  get protocol(): string {
    return `${this.#record.scheme}:`
  }

  set protocol(value: string) {
    const scheme = /^([a-z][a-z0-9+.-]*)(?::|$)/i.exec(clean(value))?.[1]?.toLowerCase()
    const record = this.#record
    if (scheme === undefined || isSpecial(scheme) !== isSpecial(record.scheme)) return
    const hasAuthority = record.username !== '' || record.password !== '' || record.port !== ''
    if (scheme === 'file' && hasAuthority) return
    if (record.scheme === 'file' && record.host === '') return
    record.scheme = scheme
    record.port = parsePort(record.port, scheme)
    this.#changed()
  }

  get username(): string {
    return this.#record.username
  }

  set username(value: string) {
    if (!this.#mayHaveAuthority()) return
    this.#record.username = percentEncode(String(value).toWellFormed(), UNSAFE_USERINFO)
    this.#changed()
  }

  get password(): string {
    return this.#record.password
  }

  set password(value: string) {
    if (!this.#mayHaveAuthority()) return
    this.#record.password = percentEncode(String(value).toWellFormed(), UNSAFE_USERINFO)
    this.#changed()
  }

  get host(): string {
    const { host, port } = this.#record
    return port === '' ? (host ?? '') : `${host ?? ''}:${port}`
  }

  set host(value: string) {
    const match = this.#hostPattern().exec(clean(value))
    // A port without a host is an error.
    if (match?.[1] === '' && match[2] !== undefined) return
    if (this.#setHostname(match?.[1] ?? '') && match?.[2]) this.port = match[2]
  }

  get hostname(): string {
    return this.#record.host ?? ''
  }

  set hostname(value: string) {
    const match = this.#hostPattern().exec(clean(value))
    if (match?.[2] === undefined) this.#setHostname(match?.[1] ?? '')
  }

  get port(): string {
    return this.#record.port
  }

  set port(value: string) {
    if (!this.#mayHaveAuthority()) return
    const text = clean(value)
    const digits = /^[0-9]+/.exec(text)?.[0]
    if ((digits === undefined && String(value) !== '') || Number(digits ?? 0) > 65_535) return
    this.#record.port = parsePort(digits ?? '', this.#record.scheme)
    this.#changed()
  }

  get pathname(): string {
    const { path } = this.#record
    return typeof path === 'string' || path.length === 0 ? String(path) : `/${path.join('/')}`
  }

  set pathname(value: string) {
    const record = this.#record
    if (typeof record.path === 'string') return
    const { query } = record
    const text = clean(value).replaceAll('?', '%3F').replaceAll('#', '%23')
    const rooted = isSpecial(record.scheme) ? /^[/\\]/.test(text) : text.startsWith('/')
    setPathAndQuery(record, rooted || (text === '' && record.host !== null) ? text : `/${text}`)
    record.query = query
    this.#changed()
  }

  get search(): string {
    const { query } = this.#record
    return query === null || query === '' ? '' : `?${query}`
  }

  set search(value: string) {
    const text = clean(value).replace(/^\?/, '')
    this.#record.query = value === '' ? null : encodeQuery(text, isSpecial(this.#record.scheme))
    this.#changed()
  }

  get searchParams(): URLSearchParams {
    return (this.#params ??= paramsOver(this.#record.query ?? '', (query) => {
      this.#record.query = query === '' ? null : query
      this.#href = undefined
    }))
  }

  get hash(): string {
    const { fragment } = this.#record
    return fragment === null || fragment === '' ? '' : `#${fragment}`
  }

  set hash(value: string) {
    const text = clean(value).replace(/^#/, '')
    this.#record.fragment = value === '' ? null : percentEncode(text, UNSAFE_FRAGMENT)
    this.#href = undefined
  }

  toString(): string {
    return this.href
  }

  toJSON(): string {
    return this.href
  }

  get [Symbol.toStringTag](): string {
    return 'URL'
  }

  #mayHaveAuthority(): boolean {
    const { host, scheme } = this.#record
    return host !== null && host !== '' && scheme !== 'file'
  }

  /** Host and port at the beginning of a text. A URL of a file has no port, and `\` ends the host of a special one. */
  #hostPattern(): RegExp {
    const { scheme } = this.#record
    if (scheme === 'file') return /^(\[[^\]]*\]|[^/?#\\]*)/
    if (isSpecial(scheme)) return /^(\[[^\]]*\]|[^:/?#\\]*)(?::([0-9]*))?/
    return /^(\[[^\]]*\]|[^:/?#]*)(?::([0-9]*))?/
  }

  #setHostname(name: string): boolean {
    const record = this.#record
    const special = isSpecial(record.scheme)
    const isFile = record.scheme === 'file'
    if (typeof record.path === 'string') return false
    const needsHost = record.username !== '' || record.password !== '' || record.port !== ''
    if (name === '' && (needsHost || (special && !isFile))) return false
    try {
      const host = name === '' ? '' : parseHost(name, special)
      record.host = isFile && host === 'localhost' ? '' : host
    } catch {
      // A setter ignores a value that it cannot use.
      return false
    }
    this.#changed()
    return true
  }

  #changed(): void {
    this.#href = undefined
    if (this.#params !== undefined) resetParams(this.#params, this.#record.query ?? '')
  }

  #serialize(): string {
    const record = this.#record
    const { scheme, username, password, host, query, fragment } = record
    const credentials =
      username === '' && password === ''
        ? ''
        : `${username}${password === '' ? '' : `:${password}`}@`
    const authority = host === null ? '' : `//${credentials}${this.host}`
    return (
      `${scheme}:${authority}${serializePath(record)}` +
      `${query === null ? '' : `?${query}`}${fragment === null ? '' : `#${fragment}`}`
    )
  }
}

function clean(value: string): string {
  return String(value)
    .toWellFormed()
    .replace(/[\t\n\r]/g, '')
}
