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
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import {
  HttpRefusal,
  NETWORKS,
  type HttpDriver,
  type Network,
} from '../../../runtime/capabilities/http/index.ts'
import { hasTrailers, setTrailers, trailersOf } from '../../../runtime/capability/index.ts'
import { networkOf } from './address.ts'
import { BoundedHttpAgent, BoundedHttpsAgent, IdleSockets } from './idle-sockets.ts'
import { LookupTurns } from './lookup-turns.ts'
import { OwnEndpoints, type OwnEndpoint } from './own-endpoints.ts'
import { UpstreamSockets, type SocketOptions } from './upstream-sockets.ts'

export interface GuardedFetchOptions extends SocketOptions {
  /**
   * Resolves a name to addresses. A test passes its own.
   *
   * @default the system's resolver
   */
  resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
  /**
   * Where the host itself listens and keeps its stores: refused whatever a rule grants.
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
   * Idle connections that are kept, beside those that are in use.
   *
   * @default 128
   */
  maxIdleSockets?: number
}

const MAX_HEADER_BYTES = 32 * 1024
// https://www.rfc-editor.org/rfc/rfc9110#name-safe-methods
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const MAX_TRIES = 3

// More than any server has a use for.
const MAX_HEADERS = 200

// https://fetch.spec.whatwg.org/#null-body-status
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])

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
  return {
    name: 'guarded-fetch',
    sockets,
    async fetch(request, { agent, signal, network }) {
      const url = new URL(request.url)
      // A name with the dot of a fully qualified one is the same host, also to a certificate.
      url.hostname = url.hostname.replace(/\.$/, '')
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      // An address is dialled as it is, without asking the dialer's lookup.
      if (isIP(host) !== 0) {
        checkAddress(host, host, network)
        await own.check(host, [host], portOf(url))
      }
      const headers: Record<string, string> = Object.fromEntries(request.headers)
      // What arrives is passed on as it is, so it must arrive as the guest can read it.
      headers['accept-encoding'] ??= 'identity'
      headers['user-agent'] ??= 'mayfly'
      // A field of the connection is named there: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.4
      if (headers['te'] !== undefined) headers['connection'] = 'keep-alive, te'
      const message = await sendAgain(url, {
        method: request.method,
        headers,
        body: request.body,
        trailers: hasTrailers(request) ? trailersOf(request) : undefined,
        signal,
        agent,
        sockets,
        lookups,
        dialer: own.guard(
          dialers.get(network) ?? dialer(network, resolve, keepAliveMs, idle),
          portOf(url),
        ),
      })
      return toResponse(message, request.method)
    },
  }
}

interface Dialer {
  readonly lookup: LookupFunction
  readonly http: BoundedHttpAgent
  readonly https: BoundedHttpsAgent
  readonly idle: IdleSockets
}

function dialer(
  network: Network,
  resolveName: NonNullable<GuardedFetchOptions['resolve']>,
  keepAliveMs: number,
  idle: IdleSockets,
): Dialer {
  // No bound of their own: who gets a connection is decided before.
  const options = { keepAlive: true, timeout: keepAliveMs }
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    resolveName(hostname)
      .then((addresses) => {
        for (const { address } of addresses) checkAddress(hostname, address, network)
        const [first] = addresses
        if (first === undefined) throw new Error(`Cannot resolve "${hostname}": no address`)
        if (all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      })
      .catch((error: unknown) =>
        callback(error instanceof Error ? error : new Error(String(error)), ''),
      )
  }
  return {
    lookup,
    http: new BoundedHttpAgent(options, idle),
    https: new BoundedHttpsAgent(options, idle),
    idle,
  }
}

function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** @throws {HttpRefusal} */
function checkAddress(host: string, address: string, granted: Network): void {
  const network = networkOf(address)
  if (network === 'public' || network === granted) return
  const where = host === address ? `address ${address}` : `"${host}": address ${address}`
  throw new HttpRefusal(
    `Cannot connect to ${where}: ${network}`,
    network === 'reserved' ? undefined : network,
  )
}

interface SendOptions {
  readonly method: string
  readonly headers: Record<string, string>
  /** Sent in chunks, unless the headers have its length. */
  readonly body: ReadableStream<Uint8Array> | null
  /** What follows the body, when it is sent in chunks. */
  readonly trailers: Promise<Headers | undefined> | undefined
  readonly signal: AbortSignal
  /** Whose request it is. */
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
      // Set against what flags and variables of the host's process may say.
      insecureHTTPParser: false,
      rejectUnauthorized: true,
      agent: isHttps ? dialer.https : dialer.http,
    }
    const request = isHttps ? httpsRequest(url, options) : httpRequest(url, options)
    request.maxHeadersCount = MAX_HEADERS + 1
    request.once('socket', (socket) => dialer.idle.usedBy(agent, socket))
    // Just before the connection is free again: whoever waits for one finds it.
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
    // The cast: Node's stream type lacks nothing the Web's has but says so differently.
    const source = Readable.fromWeb(body as NodeReadableStream)
    const sending =
      trailers === undefined
        ? pipeline(source, request)
        : pipeline(source, request, { end: false }).then(() => endWith(request, trailers))
    // What the response says counts, also when it comes before all of the body was sent.
    sending.catch(reject)
  })
}

/** Ends `request`, whose body has been written. */
async function endWith(
  request: ClientRequest,
  trailers: Promise<Headers | undefined>,
): Promise<void> {
  const following = await trailers
  if (following !== undefined) request.addTrailers([...following])
  request.end()
}

function toResponse(message: IncomingMessage, method: string): Response {
  try {
    return readHead(message, method)
  } catch (error) {
    message.destroy()
    throw error
  }
}

function readHead(message: IncomingMessage, method: string): Response {
  const { rawHeaders, statusCode: status = 0 } = message
  if (rawHeaders.length > MAX_HEADERS * 2) {
    throw new Error(`Cannot read the response: more than ${MAX_HEADERS} headers`)
  }
  const headers = toHeaders(rawHeaders)
  if (method === 'HEAD' || NULL_BODY_STATUSES.has(status)) {
    // To 205 a body may follow although none may be there.
    if (status === 205) message.destroy()
    else message.resume()
    return new Response(null, { status, headers })
  }
  // The cast: the same difference the other way round.
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>
  const response = new Response(body, { status, headers })
  // Only chunks have room for them. https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2
  if (headers.has('transfer-encoding')) setTrailers(response, trailersAfter(message))
  return response
}

/** The trailers of `message`, once its body has been read; Node bounds their bytes as it does of headers. */
function trailersAfter(message: IncomingMessage): Promise<Headers | undefined> {
  const following = new Promise<Headers | undefined>((resolve, reject) => {
    message.once('close', () => {
      const { complete, rawTrailers } = message
      if (!complete) reject(new Error('The response broke off'))
      else if (rawTrailers.length > MAX_HEADERS * 2)
        reject(new Error(`Cannot read the response: more than ${MAX_HEADERS} trailers`))
      else resolve(rawTrailers.length === 0 ? undefined : toHeaders(rawTrailers))
    })
  })
  // Most guests do not ask.
  following.catch(() => {})
  return following
}

/** @param list - names and values in turn */
function toHeaders(list: readonly string[]): Headers {
  const headers = new Headers()
  for (let index = 0; index < list.length; index += 2) {
    headers.append(list[index] ?? '', list[index + 1] ?? '')
  }
  return headers
}

function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((settle, reject) => {
    resolve(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error === null ? settle(addresses) : reject(error),
    )
  })
}
