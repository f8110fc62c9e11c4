/** The bytes of the requests of a load: made once, sent again and again. @module */

/** What is asked for. */
export interface LoadRequest {
  /** `http:` or `https:`. */
  readonly url: string
  /** @default GET, or POST with a body */
  readonly method?: string | undefined
  /** Names and values; they take the place of those that are sent anyway. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
  readonly body?: string | Uint8Array | undefined
}

// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** The method of a request whose caller may have named none. */
export function methodOf({ method, body }: Pick<LoadRequest, 'method' | 'body'>): string {
  return (method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase()
}

/** @throws {TypeError} when a method or header is none */
export function requestBytes(request: LoadRequest): Buffer {
  const { headers = [], body } = request
  const url = new URL(request.url)
  const method = methodOf(request)
  if (!TOKEN.test(method)) throw new TypeError(`Cannot use method "${method}": not a method`)
  const bytes = Buffer.from(body ?? '')
  const lines = new Map<string, string>([
    ['host', url.host],
    ['user-agent', 'mayfly-bench'],
    ['accept', '*/*'],
    ...(body === undefined && !/^(?:POST|PUT|PATCH)$/.test(method)
      ? []
      : [['content-length', String(bytes.length)] as const]),
  ])
  for (const [name, value] of headers) {
    if (!TOKEN.test(name) || !VALUE.test(value))
      throw new TypeError(`Cannot use header "${name}": not a header`)
    lines.set(name.toLowerCase(), value)
  }
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...[...lines].map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
