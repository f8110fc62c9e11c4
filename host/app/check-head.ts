/**
 * Refuses requests by their head alone, before any other work: the host that the client means must be clear, and the
 * client must wait for a plain answer.
 *
 * Two readers of an odd host see two hosts: a check of the one would let through the other.
 *
 * @module
 */
import { isRefusedMethod } from '../../runtime/policy/index.ts'

/** The head of a request, parsed by a server; Node's `IncomingMessage` is one. */
export interface RequestHead {
  readonly method?: string | undefined
  /** The target as the client has sent it: a path, or a whole URL. */
  readonly url?: string | undefined
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[]
  /** Of version 1. */
  readonly httpVersionMinor: number
}

export interface HeadRefusal {
  readonly status: 400 | 405 | 426
  readonly error: string
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>
}

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/**
 * Returns the refusal of the request; `undefined` for nearly all requests.
 *
 * @param opens - whether it may ask for a WebSocket, as `checkOpening` has found
 */
export function checkHead(head: RequestHead, opens = false): HeadRefusal | undefined {
  const { method = '', url: target = '', rawHeaders, httpVersionMinor } = head
  if (isRefusedMethod(method)) return methodRefused(method)
  let host: string | undefined
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const value = rawHeaders[index + 1] ?? ''
    // By length first: this runs for every header of every request.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (host !== undefined) return bad('more than one host')
      host = value
    } else if (name.length === 7 && name.toLowerCase() === 'upgrade' && !isOptional(value)) {
      if (opens && isWebSocket(value)) continue
      return bad('no other protocol is served')
    }
  }
  // https://www.rfc-editor.org/rfc/rfc9112#section-3.2
  if (host === undefined && httpVersionMinor > 0) return bad('no host')
  if (host !== undefined && !isHost(host)) return bad('not a host')
  return target.startsWith('/') ? undefined : checkTarget(target, host)
}

/** Whether `upgrade`, a value of that header, asks for a WebSocket and nothing else. */
export function isWebSocket(upgrade: string): boolean {
  return upgrade.trim().toLowerCase() === 'websocket'
}

// 16 bytes in base64: https://www.rfc-editor.org/rfc/rfc6455#section-4.1
const KEY = /^[+/0-9A-Za-z]{21}[AQgw]==$/
const VERSION = '13'

/** Returns the refusal of a request that asks for a WebSocket. */
export function checkOpening(head: RequestHead): HeadRefusal | undefined {
  const refusal = checkHead(head, true)
  if (refusal !== undefined) return refusal
  const values = (wanted: string): string[] =>
    head.rawHeaders.filter(
      (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === wanted,
    )
  const [key = '', ...otherKeys] = values('sec-websocket-key')
  const [version = '', ...otherVersions] = values('sec-websocket-version')
  if (otherVersions.length > 0 || version !== VERSION)
    return {
      status: 426,
      error: 'no other version of WebSocket is served',
      headers: { 'sec-websocket-version': VERSION, upgrade: 'websocket' },
    }
  const isOpening =
    head.method === 'GET' && head.httpVersionMinor > 0 && otherKeys.length === 0 && KEY.test(key)
  const hasBody = ['content-length', 'transfer-encoding'].some((name) => values(name).length > 0)
  return isOpening && !hasBody ? undefined : bad('not the opening of a WebSocket')
}

export function methodRefused(method: string): HeadRefusal {
  return {
    status: 405,
    error: `method ${method} not allowed`,
    headers: { allow: ALLOWED_METHODS },
  }
}

// https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
const ABSOLUTE = /^https?:\/\/([^/?#]*)/

/** A target that names a host itself: the same as the client says elsewhere. */
function checkTarget(target: string, host: string | undefined): HeadRefusal | undefined {
  const [, authority] = ABSOLUTE.exec(target) ?? []
  if (authority === undefined) return bad('the target is not a path')
  if (!isHost(authority)) return bad('not a host')
  if (host !== undefined && withoutPort80(authority) !== withoutPort80(host))
    return bad('more than one host')
  return undefined
}

function withoutPort80(host: string): string {
  return host.toLowerCase().replace(/:80$/, '')
}

// Protocols that a client only offers, so a server may stay with HTTP/1.1: curl --http2 asks for the first.
// https://www.rfc-editor.org/rfc/rfc9110#section-7.8
const OPTIONAL_PROTOCOL = /^(?:h2c?|HTTP\/[\d.]+|TLS\/[\d.]+)$/i

function isOptional(upgrade: string): boolean {
  return upgrade.split(',').every((protocol) => OPTIONAL_PROTOCOL.test(protocol.trim()))
}

// Names that every reader takes for the same: the last label begins with no digit, none is punycode.
const PLAIN_HOST =
  /^(?:(?!xn--)[a-z0-9_-]+\.)*(?!xn--)[a-z_][a-z0-9_-]*\.?(?::(?:\d{1,4}|[1-5]\d{4}))?$/i
// As readers write it, so that none takes it for another number.
const PLAIN_ADDRESS =
  /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?::(?:\d{1,4}|[1-5]\d{4}))?$/
const ANY_HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** The latest host that was one: most clients name the same, and it is looked at for every request. */
let knownHost: string | undefined

/** Whether `text` is a host, and perhaps a port, as a URL has them after it was parsed. */
function isHost(text: string): boolean {
  if (text === knownHost) return true
  if (!readsAsHost(text)) return false
  knownHost = text
  return true
}

function readsAsHost(text: string): boolean {
  if (PLAIN_HOST.test(text) || PLAIN_ADDRESS.test(text)) return true
  const [, name] = ANY_HOST.exec(text) ?? []
  return name !== undefined && URL.parse(`http://${text}/`)?.hostname === name.toLowerCase()
}

function bad(error: string): HeadRefusal {
  return { status: 400, error }
}
