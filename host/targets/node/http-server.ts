/**
 * An HTTP server with bounds: on connections, on the input of each, and on its time.
 *
 * A client within all bounds holds only a connection. Work of an agent for it has the agent's own deadline.
 *
 * @module
 */

import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener, RequestError } from '@hono/node-server'
import { WholeAnswer, type Answer } from '../../../runtime/agents/index.ts'
import {
  checkHead,
  methodRefused,
  requestId,
  type Connection,
  type HeadRefusal,
  type PlainRequest,
  type RequestEnvironment,
  type RequestLine,
} from '../../app/index.ts'
import { AnswerBatch } from './answer-batch.ts'
import { NodeConnection } from './connection.ts'
import { PlainRequests } from './plain-request.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Bounds on the clients of one worker. */
export interface HttpLimits {
  /** Connections at once. One more is answered 503 and closed. */
  readonly maxConnections: number
  /** Request line and headers together. A request with more is answered 431. */
  readonly maxHeaderBytes: number
  /** Milliseconds in which the headers of a request must have come, from its first byte. */
  readonly headersTimeoutMs: number
  /** Milliseconds in which a request must have come with its body. After them it is answered 408. */
  readonly requestTimeoutMs: number
  /** Milliseconds that a connection may be without a request. */
  readonly idleTimeoutMs: number
  /** Milliseconds in which a client must take some of an answer that is waiting for it. */
  readonly sendTimeoutMs: number
}

/** Of the data plane, for each worker. */
export const HTTP_LIMITS: HttpLimits = {
  maxConnections: 4_096, // About 60 MB of the process
  maxHeaderBytes: 16_384, // Node's own, twice what browsers send with many cookies
  headersTimeoutMs: 15_000, // A head is a few packets, on a bad line too
  requestTimeoutMs: 300_000, // Node's own; an agent's deadline is nearly always sooner
  idleTimeoutMs: 5_000, // Node's own
  sendTimeoutMs: 60_000, // No line is as slow
}

/** Of a control plane that the main thread serves. */
export const CONTROL_LIMITS: HttpLimits = {
  ...HTTP_LIMITS,
  // For operators and their monitors. Strangers must not block the thread that everything depends on.
  maxConnections: 128,
  requestTimeoutMs: 120_000, // The largest deploy comes at 5 Mbit/s
}

// How late a timeout may be seen.
const CHECK_MS = 500

export interface HttpServerOptions {
  fetch(request: Request, environment: RequestEnvironment): Response | Promise<Response>
  /**
   * Answers plain requests in place of `fetch`.
   *
   * @default `fetch` answers all
   */
  reply?(request: PlainRequest, connection: Connection): Answer | Promise<Answer>
  readonly limits: HttpLimits
  /**
   * Proxies in front that say who the client is.
   *
   * @default none: it is the other end of the connection
   */
  readonly proxies?: TrustedProxies | undefined
  /**
   * Takes the log line of each request that did not get to `fetch`. It must not throw.
   *
   * @default none is logged
   */
  log?(line: RequestLine): void
}

export function createHttpServer({
  fetch,
  reply,
  limits,
  proxies,
  log,
}: HttpServerOptions): Server {
  // Answers for the adapter to send.
  const streamed = new WeakMap<object, Response>()
  const listener = getRequestListener(
    // This server speaks HTTP/1 only, whose messages these are.
    (request, { incoming, outgoing }) =>
      streamed.get(incoming) ??
      fetch(request, {
        connection: new NodeConnection(
          incoming as IncomingMessage,
          outgoing as ServerResponse,
          proxies,
        ),
      }),
    {
      // Of a request that names none, which HTTP/1.0 lets it: health checks of some proxies do.
      hostname: 'localhost',
      errorHandler: (error) => refusalOf(error),
    },
  )
  const plain = new PlainRequests()
  const batch = new AnswerBatch()
  const answers = new WeakMap<Duplex, ServerResponse>()
  const { requestTimeoutMs: requestTimeout, headersTimeoutMs } = limits
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      requestTimeout,
      headersTimeout: Math.min(headersTimeoutMs, requestTimeout),
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: CHECK_MS,
      // A request without a body needs no stream that ends.
      optimizeEmptyRequests: true,
      // `checkHead` does, with an answer of ours.
      requireHostHeader: false,
      // Set explicitly: flags and variables of the process could set it to true.
      insecureHTTPParser: false,
    },
    (incoming, outgoing) => {
      const refusal = checkHead(incoming)
      answers.set(incoming.socket, outgoing)
      if (refusal !== undefined) note(refusal, incoming, refuse(outgoing, refusal))
      else answer(incoming, outgoing)
    },
  )
  server.on('connect', (incoming, socket: Duplex) => {
    const refusal = methodRefused('CONNECT')
    note(refusal, incoming, refuseRaw(socket, refusal))
  })
  server.timeout = limits.sendTimeoutMs
  server.on('timeout', (socket: Socket) => {
    // An agent works on the request, or the client sends: other bounds apply to both.
    if (answers.get(socket)?.writableEnded === false) socket.setTimeout(limits.sendTimeoutMs)
    else socket.destroy()
  })
  boundConnections(server, limits.maxConnections)
  return server

  function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const request = reply && plain.read(incoming)
    if (reply === undefined || request === undefined) return void listener(incoming, outgoing)
    const send = (answered: Answer): void => {
      if (answered instanceof WholeAnswer) batch.add(outgoing, answered, request.method)
      else stream(incoming, outgoing, answered)
    }
    // The thread would end by it, and with it the requests of others.
    const fail = (error: unknown): void => {
      if (outgoing.headersSent) outgoing.destroy()
      else stream(incoming, outgoing, refusalOf(error))
    }
    batch.passes()
    try {
      const answered = reply(request, new NodeConnection(incoming, outgoing, proxies))
      if (answered instanceof Promise) answered.then(send).catch(fail)
      else send(answered)
    } catch (error) {
      fail(error)
    }
  }

  function stream(incoming: IncomingMessage, outgoing: ServerResponse, response: Response): void {
    streamed.set(incoming, response)
    void listener(incoming, outgoing)
  }

  function note({ status }: HeadRefusal, head: Named, id: string): void {
    const { method = '', url = '' } = head
    const path = url.replace(/\?.*$/s, '')
    log?.({ id, method, path, status, durationMs: 0 })
  }
}

interface Named {
  readonly method?: string | undefined
  readonly url?: string | undefined
}

/** Not by `maxConnections` of Node: that closes without a word. */
function boundConnections(server: Server, most: number): void {
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.once('close', () => open--)
    if (open <= most) return
    const headers = { 'retry-after': '1' }
    refuseRaw(socket, { status: 503, error: 'too many connections', headers })
  })
}

interface Refusal {
  readonly status: number
  readonly error: string
  readonly headers?: Readonly<Record<string, string>>
}

/** @returns the id of the request */
function refuse(outgoing: ServerResponse, { status, error, headers }: Refusal): string {
  const id = requestId()
  outgoing.writeHead(status, { ...headersOf(id), ...headers, connection: 'close' })
  outgoing.end(bodyOf(error, id))
  return id
}

/** The same where Node makes no response. */
function refuseRaw(socket: Duplex, { status, error, headers }: Refusal): string {
  const id = requestId()
  const body = bodyOf(error, id)
  const lines = Object.entries({
    ...headersOf(id),
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`)
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n')
  // The client may be gone, which is not an error of the host.
  socket.on('error', () => {})
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy())
  return id
}

/** For a target that the adapter makes no URL of, and faults of ours. */
function refusalOf(error: unknown): Response {
  const id = requestId()
  const isClients = error instanceof RequestError
  return new Response(bodyOf(isClients ? 'the target is not valid' : 'internal error', id), {
    status: isClients ? 400 : 500,
    headers: { ...headersOf(id), connection: 'close' },
  })
}

function headersOf(id: string): Record<string, string> {
  return { 'content-type': 'application/json', 'x-request-id': id }
}

function bodyOf(error: string, id: string): string {
  return JSON.stringify({ error, requestId: id })
}
