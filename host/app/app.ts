/**
 * The data plane: finds the agent of a request, hands the request over, and answers requests without an agent.
 *
 * Requests come here with a head that `checkHead` lets through. A target may read plain ones itself: `reply` takes them.
 *
 * A client learns of a failure only a status, one sentence and a request id. Everything else is in the log under that
 * id. While an agent is written, its author is the client, and `takeDetail` tells more.
 *
 * @module
 */

import { Hono } from 'hono'
import { toWebResponse, WholeAnswer, type Answer } from '../../runtime/agents/index.ts'
import { hasTrailers, isUntyped, trailersOf } from '../../runtime/host-module/index.ts'
import type { WebOrigin } from '../../runtime/policy/index.ts'
import { answerIndex } from './agent-index.ts'
import type { App, AppOptions, PlainRequest } from './app-interface.ts'
import { connectionOf, type Connection, type RequestEnvironment } from './connection.ts'
import { innerRedirect } from './inner-redirect.ts'
import { UNKNOWN_PASSAGE, type Passage } from './passage.ts'
import { ReceivedRequest } from './received-request.ts'
import { correlationOf, requestId } from './request-id.ts'
import { BUILD_FAILED, CHANGES_PATH, DEV_HEADER, type PageRequest } from './dev/index.ts'
import { isRefusal, withDetail } from './failure-details.ts'
import type { CorsRequest } from './cors.ts'
import type { RouteMatch } from './routes.ts'
import type { ServedAgent } from './served-agent.ts'
import type { AskedAsset } from './agent-assets.ts'
import { RequestRates, rateFields } from './request-rates.ts'
import { splitUrl, type SplitUrl } from './split-url.ts'
import { webSocketRefusal } from './web-socket-refusal.ts'

/** One request on its way. */
interface Exchange {
  readonly method: string
  readonly url: SplitUrl
  /** Decoded: the path that the log names. */
  readonly path: string
  /** Absent where the target has made none. */
  readonly raw: Request | undefined
  readonly connection: Connection
  readonly id: string
  readonly correlation: string | undefined
  agent: string | undefined
  refusal: string | undefined
}

const HOST_REFUSED =
  'requests to another name than that of this machine need --allow-host with that name'
const WORKER_REFUSED =
  'a service worker here would see requests to other agents: it needs a folder, or a host, of its own'

export function createApp({ rates = new RequestRates(), ...others }: AppOptions): App {
  const options: AppOptions = { ...others, rates }
  // One handler for all: with one that answers at once, Hono and its server make no promise either.
  const hono = new Hono<{ Bindings: RequestEnvironment }>().all('*', ({ req, env }) => {
    const { raw, method, path } = req
    const connection = connectionOf(raw, env)
    return answer(options, { method, url: raw.url, path, raw }, connection, toWebResponse)
  })
  return Object.assign(hono, {
    reply: (request: PlainRequest, connection: Connection) =>
      answer(options, request, connection, asItIs),
  })
}

function asItIs(answer: Answer): Answer {
  return answer
}

interface Arrived extends PlainRequest {
  /** @default that of `url` */
  readonly path?: string
  /** @default none */
  readonly raw?: Request
}

/** @param form - makes what the target sends */
function answer<Form extends Answer>(
  options: AppOptions,
  { method, url, path, raw }: Arrived,
  connection: Connection,
  form: (answer: Answer) => Form,
): Form | Promise<Form> {
  const split = splitUrl(url)
  const exchange: Exchange = {
    method,
    url: split,
    path: path ?? split.path,
    raw,
    connection,
    id: requestId(),
    correlation: correlationOf(connection.headers),
    agent: undefined,
    refusal: undefined,
  }
  const fail = (error: unknown): Form => {
    const fault = error instanceof Error ? String(error.stack) : String(error)
    return end(options, exchange, form(refuse(exchange, 500, 'internal error')), fault)
  }
  try {
    const dispatched = dispatch(options, exchange)
    if (!(dispatched instanceof Promise)) return explain(options, exchange, dispatched, form)
    return dispatched.then((arrived) => explain(options, exchange, arrived, form), fail)
  } catch (error) {
    return fail(error)
  }
}

function dispatch(options: AppOptions, exchange: Exchange): Answer | Promise<Answer> {
  const { table, control, isHostAllowed, dev } = options
  const { method, url, connection, id, raw } = exchange
  const routes = table().at(url.host)
  const isRefused = routes.isShared && isHostAllowed?.(url.host) === false
  // At hosts of agents as well: their pages load again like others.
  if (dev !== undefined && url.path === CHANGES_PATH && !isRefused)
    return withRequestId(dev.changes(new URLSearchParams(url.query).get('seen')), id)
  if (isControl(exchange.path)) {
    // Pages of an agent must not have the control plane at their own origin.
    return routes.isShared && raw !== undefined
      ? withId(control(raw, id), id)
      : refuse(exchange, 404, 'no control plane at the host of an agent')
  }
  if (isRefused) return refuse(exchange, 403, HOST_REFUSED)
  const match = routes.match(url.path)
  const page = dev?.inPlaceOf(match?.agent.name, pageRequest(exchange), id)
  if (page !== undefined) {
    exchange.agent = match?.agent.name
    return page
  }
  if (match === undefined)
    return index(options, exchange) ?? refuse(exchange, 404, `no agent answers ${url.path}`)
  const { agent, path, base } = match
  exchange.agent = agent.name
  if (isWorkerScript(connection) && !routes.mayHaveWorker(match.origin)) {
    exchange.refusal = WORKER_REFUSED
    return refuse(exchange, 403, WORKER_REFUSED)
  }
  const closed = connection.webSocket && webSocketRefusal(agent, connection.webSocket, url.host)
  if (closed !== undefined) {
    exchange.refusal = closed.error
    return refuse(exchange, closed.status, closed.error)
  }
  const preflight = agent.cors?.preflight(corsRequest(exchange), id)
  if (preflight !== undefined) return preflight
  const limited = tooMany(options, exchange, agent)
  if (limited !== undefined) return encoded(options, exchange, agent, limited)
  const asset = agent.asset?.(askedAsset(exchange, match))
  if (asset !== undefined) return encoded(options, exchange, agent, asset)
  const declaredBytes = Number(connection.headers.get('content-length') ?? 0)
  // Before the agent: a body that is too large must not cost a slot.
  if (declaredBytes > agent.requestBodyBytes) return refuse(exchange, 413, 'request body too large')
  const passage = connection.passage ?? UNKNOWN_PASSAGE
  const shown = shownUrl(url, path, passage)
  const basePath = passage.prefix + base
  const told = { address: passage.address, basePath }
  const request = new ReceivedRequest(method, shown, connection, raw, told)
  const origin = originBehind(match.origin, passage)
  const answered = agent.fetch(request, { id, signal: connection.client, origin })
  const led =
    basePath === ''
      ? answered
      : changed(answered, (answer) => innerRedirect(answer, shown, basePath))
  return encoded(options, exchange, agent, led)
}

/** Before the agent, and its files: a request too many costs neither. */
function tooMany(
  { rates }: AppOptions,
  exchange: Exchange,
  { name, rateLimit }: ServedAgent,
): Response | undefined {
  if (rateLimit === undefined) return undefined
  const refusal = rates?.take(name, rateLimit, exchange.connection.passage?.address)
  if (refusal === undefined) return undefined
  exchange.refusal = 'more requests than "rateLimit" in agent.json allows'
  return refuse(exchange, 429, 'too many requests', rateFields(rateLimit, refusal))
}

/** A client learns of agents at the host that it has asked, and of no others. */
function index({ table, isIndexShown }: AppOptions, exchange: Exchange): Response | undefined {
  const { method, url, connection, id } = exchange
  if (url.path !== '/' || (method !== 'GET' && method !== 'HEAD')) return undefined
  const passage = connection.passage ?? UNKNOWN_PASSAGE
  const { headers } = connection
  const client = { host: url.host, address: passage.address, headers }
  if (isIndexShown?.(client) !== true) return undefined
  const base = shownUrl({ ...url, query: '' }, passage.prefix, passage)
  return answerIndex({ agents: table().listedAt(url.host), base, headers, id })
}

/** Returns what `change` makes of an answer, at once where that is there. */
function changed(
  answered: Answer | Promise<Answer>,
  change: (answer: Answer) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  return answered instanceof Promise ? answered.then(change) : change(answered)
}

/** With the fields for a page of another origin, and in an encoding that the client takes. */
function encoded(
  { encode }: AppOptions,
  { method, connection: { headers } }: Exchange,
  { cors }: ServedAgent,
  given: Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const answered =
    cors === undefined
      ? given
      : changed(given, (answer) => cors.apply(answer, headers.get('origin')))
  const accept = encode && headers.get('accept-encoding')
  if (encode === undefined || accept === undefined || accept === null) return answered
  return changed(answered, (answer) => encode(answer, { method, accept }))
}

function corsRequest({ method, connection }: Exchange): CorsRequest {
  return { method, header: (name) => connection.headers.get(name) }
}

function askedAsset(
  { method, url, connection, id }: Exchange,
  { inner }: Pick<RouteMatch, 'inner'>,
): AskedAsset {
  const { prefix } = connection.passage ?? UNKNOWN_PASSAGE
  return {
    method,
    path: inner,
    header: (name) => connection.headers.get(name),
    id,
    outer: { path: prefix + url.path, query: url.query },
  }
}

/** As its client has asked it, but for the path that the agent does not see. */
function shownUrl(url: SplitUrl, path: string, { isSecure }: Passage): string {
  if (isSecure && url.origin.startsWith('http:'))
    return `https:${url.origin.slice('http:'.length).replace(/:443$/, '')}${path}${url.query}`
  return path === url.path ? url.whole : url.origin + path + url.query
}

/** Browsers know the path with what a proxy in front takes off. */
function originBehind(origin: WebOrigin, { prefix }: Passage): WebOrigin {
  if (prefix === '' || origin.state === 'own' || origin.folder === undefined) return origin
  return { ...origin, folder: prefix + origin.folder }
}

/** Browsers say so, in a header that cannot be left out: https://www.w3.org/TR/service-workers/#service-worker-script-request */
function isWorkerScript({ headers }: Connection): boolean {
  return headers.get('service-worker') !== null
}

/** Not a route of Hono's: of two that match, each is awaited. */
function isControl(path: string): boolean {
  return path.startsWith('/-') && (path.length === 2 || path[2] === '/')
}

async function withId(answered: Promise<Response>, id: string): Promise<Response> {
  return withRequestId(await answered, id)
}

function withRequestId(response: Response, id: string): Response {
  response.headers.set('x-request-id', id)
  return response
}

/** Ends the exchange with `answer`, which says why the agent failed where clients may know. */
function explain<Form extends Answer>(
  options: AppOptions,
  exchange: Exchange,
  answer: Answer,
  form: (answer: Answer) => Form,
): Form | Promise<Form> {
  const { takeDetail, dev } = options
  if (takeDetail === undefined && dev === undefined) return end(options, exchange, form(answer))
  const response = toWebResponse(answer)
  const detail = isRefusal(response) ? takeDetail?.(exchange.id) : undefined
  if (detail === undefined) return end(options, exchange, form(response))
  const request = pageRequest(exchange)
  return withDetail(response, { detail, request, dev }).then((shown) =>
    end(options, exchange, form(shown)),
  )
}

function pageRequest({ method, url, connection }: Exchange): PageRequest {
  return { method, path: url.path + url.query, headers: connection.headers }
}

function end<Form extends Answer>(
  { log, dev }: AppOptions,
  { method, path, connection, id, correlation, agent, refusal }: Exchange,
  answer: Form,
  fault?: string,
): Form {
  if (!(answer instanceof WholeAnswer)) {
    if (agent !== undefined && dev?.hasFailed(agent) === true)
      answer.headers.set(DEV_HEADER, BUILD_FAILED)
    if (hasTrailers(answer)) connection.sendTrailers(answer.headers, trailersOf(answer))
    if (isUntyped(answer)) connection.sendUntyped?.()
  }
  log({
    id,
    ...(correlation === undefined ? undefined : { correlation }),
    ...(agent === undefined ? undefined : { agent }),
    method,
    path,
    status: answer.status,
    durationMs: performance.now() - connection.startedAt,
    ...(refusal === undefined ? undefined : { refusal }),
    ...(fault === undefined ? undefined : { fault }),
  })
  return answer
}

function refuse(
  { id }: Exchange,
  status: number,
  error: string,
  fields: Record<string, string> = {},
): Response {
  const headers = { 'content-type': 'application/json', 'x-request-id': id, ...fields }
  return new Response(JSON.stringify({ error, requestId: id }), { status, headers })
}
