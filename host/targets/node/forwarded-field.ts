/**
 * Reads fields in which proxies name their clients: `X-Forwarded-For`, and `Forwarded` of RFC 7239.
 *
 * From the end on: a client may have begun the field with anything, such as a quote that is never closed.
 *
 * @module
 */

/** Fields in which proxies name their clients. */
export const PROXY_FIELDS = ['x-forwarded-for', 'forwarded'] as const
/** A field in which proxies name their clients. */
export type ProxyField = (typeof PROXY_FIELDS)[number]

const COMMA = ','
const QUOTE = '"'
// A port, or a name for one: https://www.rfc-editor.org/rfc/rfc7239#section-6
const IPV4 = /^(\d+\.\d+\.\d+\.\d+)(?::\w+)?$/
const IPV6 = /^\[([0-9a-f:.]+)\](?::\w+)?$/i
const BARE_IPV6 = /^[0-9a-f:.]+$/i
const FOR = /^\s*for\s*=\s*(?:"([^"\\]*)"|([^"\s]+))\s*$/i

/** The elements of a list, the last first. Commas in quotes divide nothing. */
export function* lastElements(list: string): Generator<string> {
  let end = list.length
  let isQuoted = false
  for (let at = list.length - 1; at >= 0; at--) {
    if (list[at] === QUOTE) isQuoted = !isQuoted
    if (list[at] !== COMMA || isQuoted) continue
    yield list.slice(at + 1, end)
    end = at
  }
  yield list.slice(0, end)
}

/** The address that an element names; nothing when it names none: `unknown`, `_hidden`. */
export function addressIn(element: string, field: ProxyField): string | undefined {
  if (field === 'x-forwarded-for') return withoutPort(element.trim())
  let found: string | undefined
  for (const pair of element.split(';')) {
    const [, quoted, plain] = FOR.exec(pair) ?? []
    const node = quoted ?? plain
    if (node === undefined) continue
    // A parameter occurs once: https://www.rfc-editor.org/rfc/rfc7239#section-4
    if (found !== undefined) return undefined
    found = node
  }
  return found === undefined ? undefined : withoutPort(found)
}

function withoutPort(node: string): string | undefined {
  const [, address] = IPV4.exec(node) ?? IPV6.exec(node) ?? []
  if (address !== undefined) return address
  return BARE_IPV6.test(node) ? node : undefined
}
