/**
 * Sends HTTP requests and dials only addresses it has classified.
 *
 * A name is resolved once, inside the dialer: every address it resolves to is checked, and one of exactly
 * those is dialled. To check a name and then let something else resolve it again would let the answer
 * change in between (DNS rebinding). Connections are kept per network: one opened under a grant for
 * loopback must not serve a request without it. No proxy of the environment is used: it would dial for us.
 *
 * @module
 */

import { lookup as resolve, type LookupAddress } from 'node:dns'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import {
  NETWORKS,
  type HttpAsked,
  type HttpDriver,
  type HttpDriverOptions,
  type WebSocketAsked,
  type WebSocketChannel,
  type WebSocketOptions,
} from '../../../runtime/capabilities/http/index.ts'
import { hasTrailers, trailersOf } from '../../../runtime/host-module/index.ts'
import { checkAddress, dialer, type Dialer, type ResolveName } from './dialer.ts'
import { openSocket } from './guarded-websocket.ts'
import { IdleSockets } from './idle-sockets.ts'
import { LookupTurns } from './lookup-turns.ts'
import { OwnEndpoints, type OwnEndpoint } from './own-endpoints.ts'
import { MAX_HEADERS, toReply, toResponse } from './read-response.ts'
import { UpstreamSockets, type SocketOptions } from './upstream-sockets.ts'

/** How names are resolved, which addresses are never dialled, how many connections there may be. */
export interface GuardedFetchOptions extends SocketOptions {
  /**
   * Resolves a name to addresses. A test passes its own.
   *
   * @default the system's resolver
   */
  resolve?: ResolveName
  /**
   * Addresses where the host itself listens or keeps its stores. They are refused even if a rule grants them.
   *
   * @default none
   */
  ownEndpoints?: readonly OwnEndpoint[]
  /**
   * Milliseconds an idle connection is kept.
   *
   * @default 5_000
   */
  keepAliveMs?: number
  /**
   * Idle connections to keep, beside the connections in use.
   *
   * @default 128
   */
  maxIdleSockets?: number
}

const MAX_HEADER_BYTES = 32 * 1024
// https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const MAX_TRIES = 3

/**
 * Sends HTTP requests and dials only addresses that it has classified and a grant covers.
 *
 * A name is resolved once, and one of exactly the addresses that were checked is dialled, so that no answer can change
 * in between (DNS rebinding). No proxy of the environment is used.
 */
export function guardedFetch({
  resolve = resolveAll,
  ownEndpoints = [],
  keepAliveMs = 5_000,
  maxIdleSockets = 128,
  ...limits
}: GuardedFetchOptions = {}): HttpDriver {
  const own = new OwnEndpoints(ownEndpoints, resolve)
  const sockets = new UpstreamSockets(limits)
  const idle = new IdleSockets(maxIdleSockets)
  const lookups = new LookupTurns()
  const dialers = new Map(
    NETWORKS.map((network) => [network, dialer(network, resolve, keepAliveMs, idle)]),
  )

  /** The URL as it is dialled, and what dials it. Addresses in it are checked. */
  async function reach(
    target: URL,
    { network }: HttpDriverOptions,
  ): Promise<{ readonly url: URL; readonly by: Dialer }> {
    const url = new URL(target)
    // A name with the dot of a fully qualified one is the same host, also to a certificate.
    url.hostname = url.hostname.replace(/\.$/, '')
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    // An address is dialled as it is, without asking the dialer's lookup.
    if (isIP(host) !== 0) {
      checkAddress(host, host, network)
      await own.check(host, [host], portOf(url))
    }
    const by = dialers.get(network) ?? dialer(network, resolve, keepAliveMs, idle)
    return { url, by: own.guard(by, portOf(url)) }
  }

  async function ask(
    target: URL,
    { headers: given, ...content }: Asking,
    options: HttpDriverOptions,
  ): Promise<IncomingMessage> {
    const { agent, signal } = options
    const { url, by } = await reach(target, options)
    const headers: Record<string, string> = Object.fromEntries(given)
    // The body is passed on unchanged, so the server must send it in a form that the guest can read.
    headers['accept-encoding'] ??= 'identity'
    headers['user-agent'] ??= 'mayfly'
    // A field of the connection is named there: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.4
    if (headers['te'] !== undefined) headers['connection'] = 'keep-alive, te'
    return sendAgain(url, {
      ...content,
      headers,
      signal,
      agent,
      sockets,
      lookups,
      dialer: by,
    })
  }

  /** Holds a connection until it is gone, as a request does. */
  async function connect(
    asked: WebSocketAsked,
    options: WebSocketOptions,
  ): Promise<WebSocketChannel> {
    const { agent, signal } = options
    const { url, by } = await reach(asked.url, options)
    const release = await sockets.take({ agent, origin: url.origin, signal })
    const lookup = lookups.inTurn(by.lookup, { agent, signal })
    try {
      const route = { url, lookup, maxHeaderBytes: MAX_HEADER_BYTES }
      return await openSocket(route, asked, options, release)
    } catch (error) {
      release()
      throw error
    }
  }

  return {
    name: 'guarded-fetch',
    sockets,
    webSocket: { name: 'guarded-fetch', connect },
    async fetch(request, options) {
      const { method, headers, body } = request
      const trailers = hasTrailers(request) ? trailersOf(request) : undefined
      const target = new URL(request.url)
      return toResponse(await ask(target, { method, headers, body, trailers }, options), method)
    },
    async exchange({ method, url, headers, body }, options) {
      const content = { method, trailers: undefined, ...lengthened(headers, body) }
      return toReply(await ask(url, content, options), method)
    },
  }
}

/** A stream has no length: it is sent in chunks. */
function lengthened(
  headers: HttpAsked['headers'],
  body: HttpAsked['body'],
): Pick<Asking, 'headers' | 'body'> {
  if (body instanceof ReadableStream) return { headers, body }
  if (body.length === 0) return { headers, body: null }
  return { headers: [...headers, ['content-length', `${body.length}`]], body }
}

function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

interface Content {
  readonly method: string
  /** Sent in chunks, unless the headers have its length. */
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null
  /** Trailers after the body, when it is sent in chunks. */
  readonly trailers: Promise<Headers | undefined> | undefined
}

interface Asking extends Content {
  readonly headers: Iterable<readonly [name: string, value: string]>
}

interface SendOptions extends Content {
  readonly headers: Record<string, string>
  readonly signal: AbortSignal
  /** Name of the agent that sends the request. */
  readonly agent: string
  readonly sockets: UpstreamSockets
  readonly lookups: LookupTurns
  readonly dialer: Dialer
}

/** Again, when the other side had closed the idle connection that was chosen. */
async function sendAgain(url: URL, options: SendOptions): Promise<IncomingMessage> {
  const { agent, signal, sockets } = options
  for (let tries = 1; ; tries++) {
    const release = await sockets.take({ agent, origin: url.origin, signal })
    try {
      return await send(url, options, release)
    } catch (error) {
      release()
      const isSafe = SAFE_METHODS.has(options.method) && options.body === null
      if (!(error instanceof StaleConnection)) throw error
      if (!isSafe || tries === MAX_TRIES) throw error.cause
    }
  }
}

/** The connection was open before, and broke off before anything of a response came. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection'
}

/** Calls `onClose` once the response was read or given up. */
function send(
  url: URL,
  { method, headers, body, trailers, signal, agent, lookups, dialer }: SendOptions,
  onClose: () => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isHttps = url.protocol === 'https:'
    const options = {
      method,
      headers,
      lookup: lookups.inTurn(dialer.lookup, { agent, signal }),
      signal,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Set explicitly: flags and variables of the host's process could set it to true.
      insecureHTTPParser: false,
      rejectUnauthorized: true,
      agent: isHttps ? dialer.https : dialer.http,
    }
    const request = isHttps ? httpsRequest(url, options) : httpRequest(url, options)
    request.maxHeadersCount = MAX_HEADERS + 1
    request.once('socket', (socket) => dialer.idle.usedBy(agent, socket))
    // `close` comes just before the connection is free again, so the next request in line finds it.
    request.once('close', onClose)
    request.once('response', resolve)
    request.once('error', (error) =>
      reject(
        request.reusedSocket && 'code' in error && error.code === 'ECONNRESET'
          ? new StaleConnection(error.message, { cause: error })
          : error,
      ),
    )
    request.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(new Error(`Cannot read the response of "${url.host}": it switches the protocol`))
    })
    if (body === null) return void request.end()
    if (body instanceof Uint8Array) return void request.end(body)
    // The cast: Node's stream type lacks nothing the Web's has but says so differently.
    const source = Readable.fromWeb(body as NodeReadableStream)
    const sending =
      trailers === undefined
        ? pipeline(source, request)
        : pipeline(source, request, { end: false }).then(() => endWith(request, trailers))
    // The response counts, also when it comes before the whole body was sent.
    sending.catch(reject)
  })
}

/** Ends `request` after its body has been written. */
async function endWith(
  request: ClientRequest,
  trailers: Promise<Headers | undefined>,
): Promise<void> {
  const following = await trailers
  if (following !== undefined) request.addTrailers([...following])
  request.end()
}

function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((settle, reject) => {
    resolve(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error === null ? settle(addresses) : reject(error),
    )
  })
}
