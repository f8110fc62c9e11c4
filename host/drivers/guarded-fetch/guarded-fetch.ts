/**
 * Sends HTTP requests and dials only addresses it has classified.
 *
 * A name is resolved once, inside the dialer: every address it resolves to is checked, and one of exactly
 * those is dialled. To check a name and then let something else resolve it again would let the answer
 * change in between (DNS rebinding). Connections are kept per network: one opened under a grant for
 * loopback must not serve a request without it.
 *
 * @module
 */

import { lookup as resolve, type LookupAddress } from 'node:dns'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import {
  HttpRefusal,
  NETWORKS,
  type HttpDriver,
  type Network,
} from '../../../runtime/capabilities/http/index.ts'
import { networkOf } from './address.ts'

export interface GuardedFetchOptions {
  /**
   * Resolves a name to addresses. A test passes its own.
   *
   * @default the system's resolver
   */
  resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
  /**
   * Milliseconds an idle connection is kept.
   *
   * @default 5_000
   */
  keepAliveMs?: number
}

// Two a worker for each of the few hosts an agent talks to is plenty; more only wait at the other side.
const MAX_SOCKETS_PER_HOST = 64
const MAX_HEADER_BYTES = 32 * 1024

// https://fetch.spec.whatwg.org/#null-body-status
const NULL_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304])

export function guardedFetch({
  resolve = resolveAll,
  keepAliveMs = 5_000,
}: GuardedFetchOptions = {}): HttpDriver {
  const dialers = new Map(
    NETWORKS.map((network) => [network, dialer(network, resolve, keepAliveMs)]),
  )
  return {
    name: 'guarded-fetch',
    async fetch(request, { signal, network }) {
      const url = new URL(request.url)
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      // An address is dialled as it is, without asking the dialer's lookup.
      if (isIP(host) !== 0) checkAddress(host, host, network)
      const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
      const headers: Record<string, string> = Object.fromEntries(request.headers)
      // What arrives is passed on as it is, so it must arrive as the guest can read it.
      headers['accept-encoding'] ??= 'identity'
      headers['user-agent'] ??= 'mayfly'
      const message = await send(url, {
        method: request.method,
        headers,
        body,
        signal,
        dialer: dialers.get(network) ?? dialer(network, resolve, keepAliveMs),
      })
      return toResponse(message, request.method)
    },
  }
}

interface Dialer {
  readonly lookup: LookupFunction
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

function dialer(
  network: Network,
  resolveName: NonNullable<GuardedFetchOptions['resolve']>,
  keepAliveMs: number,
): Dialer {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS_PER_HOST, timeout: keepAliveMs }
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
  return { lookup, http: new HttpAgent(options), https: new HttpsAgent(options) }
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
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal
  readonly dialer: Dialer
}

function send(
  url: URL,
  { method, headers, body, signal, dialer }: SendOptions,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const isHttps = url.protocol === 'https:'
    const options = {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-length': body.length },
      lookup: dialer.lookup,
      signal,
      maxHeaderSize: MAX_HEADER_BYTES,
    }
    const request = isHttps
      ? httpsRequest(url, { ...options, agent: dialer.https })
      : httpRequest(url, { ...options, agent: dialer.http })
    request.once('response', resolve)
    request.once('error', reject)
    request.end(body)
  })
}

function toResponse(message: IncomingMessage, method: string): Response {
  const headers = new Headers()
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '')
  }
  const status = message.statusCode ?? 502
  if (method === 'HEAD' || NULL_BODY_STATUSES.has(status)) {
    message.resume()
    return new Response(null, { status, headers })
  }
  // The cast: Node's stream type lacks nothing the Web's has but says so differently.
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>
  return new Response(body, { status, headers })
}

function resolveAll(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((settle, reject) => {
    resolve(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error === null ? settle(addresses) : reject(error),
    )
  })
}
