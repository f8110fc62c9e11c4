/**
 * The rules of HTTP for a header or trailer, the same for every sender.
 *
 * @module
 */

// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// Visible characters, spaces and tabs in between, and obs-text; no CR, LF or NUL.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** The same rule holds for the name of a method. */
export function isFieldName(text: string): boolean {
  return TOKEN.test(text)
}

/** `text` has a character a byte, as headers of the Web APIs do. */
export function isFieldValue(text: string): boolean {
  return FIELD_VALUE.test(text)
}

/**
 * Fields that frame the message or belong to one connection, in lower case. The holder of the connection writes
 * them, never a guest.
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

/**
 * Fields of an answer that order the server in front to send a file of its own, or what it gets from an address, in place
 * of the answer. In lower case.
 */
// https://www.nginx.com/resources/wiki/start/topics/examples/x-accel/, mod_xsendfile, lighttpd, Perlbal
export const SERVER_ORDERS = [
  'x-accel-redirect',
  'x-lighttpd-send-file',
  'x-lighttpd-send-tempfile',
  'x-reproxy-file',
  'x-reproxy-url',
  'x-sendfile',
] as const

const NOT_PASSED_ON: ReadonlySet<string> = new Set([...CONNECTION_FIELDS, ...PROXY_FIELDS])

/**
 * The fields of a message from outside that a guest gets: all but the fields of the connection that the message came
 * on, and the fields that `connection` names. So a guest that passes all its fields on passes on none of those.
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

// Values of `connection` in nearly all messages: they name options, not fields.
const OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'keep-alive'])

function addNamed(value: string, named: Set<string> | undefined): Set<string> | undefined {
  let all = named
  for (const part of value.toLowerCase().split(',')) {
    const name = part.trim()
    if (!OPTIONS.has(name)) (all ??= new Set()).add(name)
  }
  return all
}
