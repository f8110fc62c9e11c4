/**
 * The host of a URL: domains, IPv4 and IPv6 addresses, opaque hosts (URL standard, section 3.5).
 *
 * Domains outside ASCII are folded by the engine's lower-casing and NFKC, then written in Punycode
 * (RFC 3492). That is most of UTS 46, without its tables, which are larger than the rest of this library.
 *
 * @module
 */

import { decodeUtf8 } from '../engine.ts'
import { percentDecode, percentEncode, UNSAFE_CONTROL } from './url-percent.ts'

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/

/** Returns the host `text` names, as it is written in a URL. Throws a `TypeError` when it names none. */
export function parseHost(text: string, special: boolean): string {
  if (text.startsWith('[')) {
    if (!text.endsWith(']')) throw unusable(text)
    return `[${serializeIpv6(parseIpv6(text.slice(1, -1)))}]`
  }
  if (!special) {
    if (FORBIDDEN_HOST.test(text)) throw unusable(text)
    return percentEncode(text, UNSAFE_CONTROL)
  }
  const domain = toAscii(decodeUtf8(percentDecode(text)))
  if (domain === '' || FORBIDDEN_DOMAIN.test(domain)) throw unusable(text)
  return endsInNumber(domain) ? parseIpv4(domain) : domain
}

function toAscii(domain: string): string {
  if (/^[\0-\x7f]*$/.test(domain) && !/(?:^|\.)xn--/i.test(domain)) return domain.toLowerCase()
  // Soft hyphens, joiners and variation selectors are ignored; other full stops are full stops.
  const folded = domain
    .replace(/\u00ad|\u200b|\u2060|\ufeff|[\ufe00-\ufe0f]/g, '')
    .replace(/[\u3002\uff0e\uff61]/g, '.')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
  return folded
    .split('.')
    .map((label) => (/^[\0-\x7f]*$/.test(label) ? checked(label) : `xn--${punycode(label)}`))
    .join('.')
}

function checked(label: string): string {
  if (label === 'xn--' || /^xn--[^]*-$/.test(label)) throw unusable(label)
  return label
}

function punycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0) ?? 0)
  if (
    points.some((point) => point === 0xfffd || (point & 0xfffe) === 0xfffe) ||
    /^[\u0300-\u036f]/.test(label)
  )
    throw unusable(label)
  const basic = points.filter((point) => point < 0x80)
  let output = String.fromCharCode(...basic) + (basic.length > 0 ? '-' : '')
  let handled = basic.length
  let next = 128
  let delta = 0
  let bias = 72
  while (handled < points.length) {
    const least = Math.min(...points.filter((point) => point >= next))
    delta += (least - next) * (handled + 1)
    next = least
    for (const point of points) {
      if (point < next) delta++
      if (point !== next) continue
      output += variableLength(delta, bias)
      bias = adapt(delta, handled + 1, handled === basic.length)
      delta = 0
      handled++
    }
    delta++
    next++
  }
  return output
}

function variableLength(delta: number, bias: number): string {
  let text = ''
  let rest = delta
  for (let k = 36; ; k += 36) {
    const threshold = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias
    if (rest < threshold) return text + toDigit(rest)
    text += toDigit(((rest - threshold) % (36 - threshold)) + threshold)
    rest = Math.floor((rest - threshold) / (36 - threshold))
  }
}

// Punycode counts a to z, then 0 to 9; base 36 counts the other way round.
function toDigit(value: number): string {
  return String.fromCharCode(value < 26 ? value + 97 : value + 22)
}

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / 700) : delta >> 1
  rest += Math.floor(rest / points)
  let k = 0
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35)
  return k + Math.floor((36 * rest) / (rest + 38))
}

function endsInNumber(domain: string): boolean {
  const labels = domain.split('.')
  if (labels.at(-1) === '' && labels.length > 1) labels.pop()
  const last = labels.at(-1) ?? ''
  return /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(last)
}

function parseIpv4(domain: string): string {
  const labels = domain.split('.')
  if (labels.at(-1) === '' && labels.length > 1) labels.pop()
  if (labels.length > 4) throw unusable(domain)
  const numbers = labels.map((label) => parseIpv4Number(label, domain))
  const last = numbers.pop() ?? 0
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) {
    throw unusable(domain)
  }
  const address = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last)
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

function parseIpv4Number(label: string, domain: string): number {
  if (/^0x[0-9a-f]*$/i.test(label)) return label.length === 2 ? 0 : Number.parseInt(label, 16)
  if (/^0[0-7]*$/.test(label)) return Number.parseInt(label, 8)
  if (/^[1-9][0-9]*$/.test(label)) return Number(label)
  throw unusable(domain)
}

function parseIpv6(text: string): number[] {
  const halves = text.split('::')
  if (halves.length > 2) throw unusable(text)
  const groups = halves.map((half, index) => parseGroups(half, text, index === halves.length - 1))
  const [head = [], tail] = groups
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? missing !== 0 : missing < 1) throw unusable(text)
  return [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])]
}

function parseGroups(half: string, whole: string, isLast: boolean): number[] {
  if (half === '') return []
  const parts = half.split(':')
  return parts.flatMap((part, index) => {
    if (/^[0-9a-f]{1,4}$/i.test(part)) return [Number.parseInt(part, 16)]
    const bytes = part.split('.').map(Number)
    const isAddress = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/.test(part)
    if (!isLast || index !== parts.length - 1 || !isAddress || bytes.some((byte) => byte > 255)) {
      throw unusable(whole)
    }
    const [a = 0, b = 0, c = 0, d = 0] = bytes
    return [a * 256 + b, c * 256 + d]
  })
}

function serializeIpv6(groups: readonly number[]): string {
  let start = -1
  let length = 1
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > length) {
      start = at
      length = end - at
    }
  }
  const hex = groups.map((group) => group.toString(16))
  if (start < 0) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

function unusable(text: string): TypeError {
  return new TypeError(`Cannot use host "${text}": not a valid host`)
}
