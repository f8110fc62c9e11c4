/**
 * What HTTP allows in a header or trailer, whoever sends it.
 *
 * @module
 */

// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Visible characters, spaces and tabs in between, and obs-text; no CR, LF or NUL.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Also what a method may be. */
export function isFieldName(text: string): boolean {
  return TOKEN.test(text)
}

/** `text` has a character a byte, as headers of the Web APIs do. */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text)
}

/**
 * Fields that frame the message or belong to one connection, in lower case: whoever holds the connection
 * writes them, never a guest.
 */
// https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
export const CONNECTION_FIELDS = [
  'connection',
  // The host asks and answers whether a body may follow: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
] as const

/** Fields that one side of a proxy says to the proxy, in lower case. */
// https://www.rfc-editor.org/rfc/rfc9110#section-11.7
export const PROXY_FIELDS = ['proxy-authenticate', 'proxy-authorization'] as const

const NOT_PASSED_ON: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, ...PROXY_FIELDS])

/**
 * The fields of a message from outside that a guest gets: without those of the connection the message came
 * on, and without those that `connection` names. So a guest that passes on what it got passes on none of them.
 *
 * @param headers - with names in lower case
 */
export function endToEnd(
  headers: Iterable<readonly [name: string, value: string]>,
): [name: string, value: string][] {
  const passed: [string, string][] = []
  let named: Set<string> | undefined
  for (const [name, value] of headers) {
    if (!NOT_PASSED_ON.has(name)) passed.push([name, value])
    else if (name === 'connection') named = addNamed(value, named)
  }
  return named === undefined ? passed : passed.filter(([name]) => !named.has(name))
}

// What nearly all connections say of themselves: names of options, not of fields.
const OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'keep-alive'])

function addNamed(value: string, named: Set<string> | undefined): Set<string> | undefined {
  let all = named
  for (const part of value.toLowerCase().split(',')) {
    const name = part.trim()
    if (!OPTIONS.has(name)) (all ??= new Set()).add(name)
  }
  return all
}
