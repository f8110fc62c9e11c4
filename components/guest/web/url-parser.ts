/**
 * Parses URLs as the URL standard says, cut into pieces instead of walked through character by character:
 * each step of an interpreter costs, and the engine's own searching does not.
 *
 * In one file although it is long: the cases call each other, as the states of the standard do.
 *
 * @module
 */

import { parseHost } from './url-host.ts'
import {
  percentEncode,
  UNSAFE_CONTROL,
  UNSAFE_FRAGMENT,
  UNSAFE_PATH,
  UNSAFE_QUERY,
  UNSAFE_SPECIAL_QUERY,
  UNSAFE_USERINFO,
} from './url-percent.ts'

/** A parsed URL. `null` means that a part is absent, which differs from being empty. */
export interface UrlRecord {
  /** Without the colon. */
  scheme: string
  username: string
  password: string
  host: string | null
  port: string
  /** Segments, or one text when the path is opaque, as in `mailto:`. */
  path: string[] | string
  query: string | null
  fragment: string | null
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  http: '80',
  https: '443',
  ws: '80',
  wss: '443',
  ftp: '21',
  file: '',
}

export function isSpecial(scheme: string): boolean {
  return Object.hasOwn(DEFAULT_PORTS, scheme)
}

// A number of an IPv4 address as it is printed: no leading zero, no other base.
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'

// Of URLs in which no part needs folding, encoding or the rules for dots.
const HOST = `(?:[a-z0-9-]+\\.)*[a-z][a-z0-9-]*|${OCTET}(?:\\.${OCTET}){3}`
const SEGMENT = "/[\\w!$&'()*+,;=:@~-][\\w!$&'()*+,;=:@.~-]*"
const QUERY = '[\\w!$&()*+,;=:@/.~%?-]*'

// The form of most URLs.
const PLAIN = new RegExp(
  `^(https?)://(${HOST})(?::([0-9]{1,5}))?((?:${SEGMENT})*/?)(?:\\?(${QUERY}))?$`,
)
// Those without a port, which may be the one to leave out. Without groups: each takes time.
const SERIALIZED = new RegExp(
  `^https?://(?:${HOST})/(?:(?:${SEGMENT.slice(1)})(?:${SEGMENT})*/?)?(?:\\?${QUERY})?$`,
)

/** Whether `input` is a URL of the most usual form, and serialised as it stands. */
export function isSerialized(input: string): boolean {
  return SERIALIZED.test(input) && !input.includes('xn--')
}

/** Parses `input`, relative to `base` when it is. Throws a `TypeError` when it is not a URL. */
export function parseUrl(input: string, base: UrlRecord | undefined): UrlRecord {
  const plain = PLAIN.exec(input)
  if (plain !== null && !input.includes('xn--')) {
    const [, scheme = '', host = '', port = '', path = '', query = null] = plain
    const record = blank(scheme)
    record.host = host
    if (port !== '') record.port = parsePort(port, scheme)
    record.path = path === '' ? [''] : path.slice(1).split('/')
    record.query = query
    return record
  }
  const text = input
    .toWellFormed()
    .replace(/^[\0-\x20]+|[\0-\x20]+$/g, '')
    .replace(/[\t\n\r]/g, '')
  const schemeMatch = /^([a-z][a-z0-9+.-]*):/i.exec(text)
  const hash = text.indexOf('#')
  const fragment = hash < 0 ? null : percentEncode(text.slice(hash + 1), UNSAFE_FRAGMENT)
  const beforeHash = hash < 0 ? text : text.slice(0, hash)
  if (schemeMatch === null || schemeMatch[1] === undefined) {
    if (base === undefined) throw unusable(input)
    return { ...parseRelative(beforeHash, base, input), fragment }
  }
  const scheme = schemeMatch[1].toLowerCase()
  const rest = beforeHash.slice(schemeMatch[0].length)
  const record = blank(scheme)
  record.fragment = fragment
  if (scheme === 'file') {
    const fileBase = base?.scheme === 'file' ? base : undefined
    return { ...parseFile(rest, fileBase), fragment }
  }
  if (isSpecial(scheme)) {
    // `http:path` next to an http base is relative, for the sake of old pages.
    if (base?.scheme === scheme && !/^[/\\]{2}/.test(rest)) {
      return { ...parseRelative(rest, base, input), fragment }
    }
    parseAfterSlashes(record, rest.replace(/^[/\\]*/, ''))
  } else if (rest.startsWith('//')) parseAfterSlashes(record, rest.slice(2))
  else if (rest.startsWith('/')) setPathAndQuery(record, rest)
  else {
    const [path, query] = cutQuery(rest)
    const opaque = percentEncode(path, UNSAFE_CONTROL)
    // A space before the query or fragment would be lost when the URL is parsed again.
    record.path =
      (query !== null || fragment !== null) && opaque.endsWith(' ')
        ? `${opaque.slice(0, -1)}%20`
        : opaque
    record.query = query === null ? null : percentEncode(query, UNSAFE_QUERY)
  }
  return record
}

function parseRelative(text: string, base: UrlRecord, input: string): UrlRecord {
  if (typeof base.path === 'string') {
    if (text !== '' || !input.trimStart().startsWith('#')) throw unusable(input)
    return { ...base }
  }
  if (base.scheme === 'file') return parseFile(text, base)
  const special = isSpecial(base.scheme)
  const slashes = special ? /^[/\\]/ : /^\//
  if (slashes.test(text) && slashes.test(text.slice(1))) {
    const record = blank(base.scheme)
    parseAfterSlashes(record, special ? text.replace(/^[/\\]*/, '') : text.slice(2))
    return record
  }
  const record: UrlRecord = { ...base, path: [], query: null }
  if (slashes.test(text)) {
    setPathAndQuery(record, text)
    return record
  }
  const [path, query] = cutQuery(text)
  if (path === '') {
    record.path = [...base.path]
    record.query = query === null ? base.query : encodeQuery(query, special)
    return record
  }
  setPathAndQuery(record, text, base.path.slice(0, -1))
  return record
}

function parseAfterSlashes(record: UrlRecord, text: string): void {
  const special = isSpecial(record.scheme)
  const end = text.search(special ? /[/\\?]/ : /[/?]/)
  const authority = end < 0 ? text : text.slice(0, end)
  const at = authority.lastIndexOf('@')
  if (at >= 0) {
    const userinfo = authority.slice(0, at)
    const colon = userinfo.indexOf(':')
    const name = colon < 0 ? userinfo : userinfo.slice(0, colon)
    record.username = percentEncode(name, UNSAFE_USERINFO)
    if (colon >= 0) record.password = percentEncode(userinfo.slice(colon + 1), UNSAFE_USERINFO)
  }
  const hostAndPort = authority.slice(at + 1)
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]*))?$/.exec(hostAndPort)
  if (match === null || (match[1] === '' && (special || at >= 0 || match[2] !== undefined))) {
    throw unusable(text)
  }
  record.host = match[1] ? parseHost(match[1], special) : ''
  record.port = parsePort(match[2] ?? '', record.scheme)
  setPathAndQuery(record, end < 0 ? '' : text.slice(end))
}

function parseFile(text: string, base: UrlRecord | undefined): UrlRecord {
  const record = blank('file')
  record.host = ''
  if (/^[/\\]{2}/.test(text)) {
    const rest = text.slice(2)
    const end = rest.search(/[/\\?]/)
    const name = end < 0 ? rest : rest.slice(0, end)
    if (/^[a-z][:|]$/i.test(name)) {
      setPathAndQuery(record, `/${rest}`)
      return record
    }
    const host = name === '' ? '' : parseHost(name, true)
    record.host = host === 'localhost' ? '' : host
    setPathAndQuery(record, end < 0 ? '' : rest.slice(end))
    return record
  }
  const drive = Array.isArray(base?.path) && /^[a-z]:$/i.test(base.path[0] ?? '')
  if (/^[/\\]/.test(text)) {
    record.host = base?.host ?? ''
    const keep = drive && !/^[/\\][a-z][:|](?:$|[/\\?])/i.test(text)
    setPathAndQuery(record, text, keep ? [base?.path[0] ?? ''] : [])
    return record
  }
  if (base === undefined || !Array.isArray(base.path)) {
    setPathAndQuery(record, `/${text}`)
    return record
  }
  record.host = base.host
  const [path, query] = cutQuery(text)
  if (path === '') {
    record.path = [...base.path]
    record.query = query === null ? base.query : encodeQuery(query, true)
  } else if (/^[a-z][:|](?:$|[/\\])/i.test(path)) setPathAndQuery(record, `/${text}`)
  else setPathAndQuery(record, text, shorten(base.path, 'file'))
  return record
}

/** Sets path and query from `text`, which begins with a slash unless it continues `before`. */
export function setPathAndQuery(record: UrlRecord, text: string, before: string[] = []): void {
  const [path, query] = cutQuery(text)
  const special = isSpecial(record.scheme)
  record.query = query === null ? null : encodeQuery(query, special)
  record.path = before
  if (path === '') {
    if (special) record.path = [...before, '']
    return
  }
  const segments = (special ? path.replaceAll('\\', '/') : path).replace(/^\//, '').split('/')
  let kept = before
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    if (/^(?:\.|%2e){2}$/i.test(segment)) {
      kept = shorten(kept, record.scheme)
      if (isLast) kept.push('')
    } else if (/^(?:\.|%2e)$/i.test(segment)) {
      if (isLast) kept = [...kept, '']
    } else {
      const isDrive = record.scheme === 'file' && kept.length === 0 && /^[a-z][:|]$/i.test(segment)
      kept = [...kept, isDrive ? `${segment[0]}:` : percentEncode(segment, UNSAFE_PATH)]
    }
  }
  record.path = kept
}

export function encodeQuery(query: string, special: boolean): string {
  return percentEncode(query, special ? UNSAFE_SPECIAL_QUERY : UNSAFE_QUERY)
}

/** Returns `port` as it is written in a URL: without leading zeros, empty when it is the usual one. */
export function parsePort(port: string, scheme: string): string {
  if (port === '') return ''
  const number = Number(port)
  if (number > 65_535) throw unusable(port)
  return DEFAULT_PORTS[scheme] === String(number) ? '' : String(number)
}

export function serializePath({ path, host }: UrlRecord): string {
  if (typeof path === 'string') return path
  const text = path.length === 0 ? '' : `/${path.join('/')}`
  // Without a host, two slashes at the front would be taken for one.
  return host === null && path.length > 1 && path[0] === '' ? `/.${text}` : text
}

function shorten(path: string[], scheme: string): string[] {
  if (scheme === 'file' && path.length === 1 && /^[a-z]:$/i.test(path[0] ?? '')) return [...path]
  return path.slice(0, -1)
}

function cutQuery(text: string): [path: string, query: string | null] {
  const mark = text.indexOf('?')
  return mark < 0 ? [text, null] : [text.slice(0, mark), text.slice(mark + 1)]
}

function blank(scheme: string): UrlRecord {
  return {
    scheme,
    username: '',
    password: '',
    host: null,
    port: '',
    path: [],
    query: null,
    fragment: null,
  }
}

function unusable(input: string): TypeError {
  return new TypeError(`Cannot use URL "${input}": not a valid URL`)
}
