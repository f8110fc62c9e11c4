/**
 * The data plane: finds the agent of a request, hands it over, and answers for what no agent does.
 *
 * What a client learns of a failure is a status, one sentence and a request id; everything else is in the
 * log under that id.
 *
 * @module
 */

import { Hono, type Context } from 'hono'
import type { WebHeaders } from '../../runtime/capability/index.ts'
import { sendTrailers } from './answer-trailers.ts'
import { clientOf, headersOf, ReceivedRequest } from './received-request.ts'
import { requestId } from './request-id.ts'
import type { RouteTable } from './route-table.ts'

/** One line of the request log. */
export interface RequestLine {
  readonly id: string
  /** Absent when no agent was found. */
  readonly agent?: string
  readonly method: string
  /** Without the query, which may hold what must not be logged. */
  readonly path: string
  readonly status: number
  /** Until the headers of the answer were known. */
  readonly durationMs: number
  /** A fault of ours: what was thrown, with its stack. */
  readonly fault?: string
}

export interface AppOptions {
  /** Read for every request: a deploy swaps the table. */
  table: () => RouteTable
  /** Answers everything under `/-/`. */
  control: (request: Request, id: string) => Promise<Response>
  /** Takes the log line of each request. It must not throw. */
  log: (line: RequestLine) => void
}

interface Variables {
  id: string
  headers: WebHeaders
  agent?: string
  /** Whether the answer is the agent's. */
  answered?: boolean
}

type AppContext = Context<{ Variables: Variables }>

export function createApp({ table, control, log }: AppOptions): Hono<{ Variables: Variables }> {
  const app = new Hono<{ Variables: Variables }>()

  app.use(async function answer(context, next) {
    const startedAt = performance.now()
    const headers = headersOf(context.req.raw, context.env)
    const id = requestId(headers)
    context.set('id', id)
    context.set('headers', headers)
    // Joined, which is how two of them look: Node's parser lets them pass.
    // https://www.rfc-editor.org/rfc/rfc9112#section-3.2
    if (headers.get('host')?.includes(', ') === true)
      context.res = refuse(context, 400, 'more than one host')
    else await next()
    const agent = context.get('agent')
    // An agent's answer has it: setting it again would make the platform's headers of the adapter's.
    if (context.get('answered') !== true) context.res.headers.set('x-request-id', id)
    log({
      id,
      ...(agent === undefined ? {} : { agent }),
      method: context.req.method,
      path: context.req.path,
      status: context.res.status,
      durationMs: performance.now() - startedAt,
      ...(context.error === undefined ? {} : { fault: String(context.error.stack) }),
    })
  })

  app.all('/-/*', (context) => control(context.req.raw, context.get('id')))

  app.all('*', async function dispatch(context) {
    const { raw } = context.req
    const url = splitUrl(raw.url)
    const match = table().match(url.path)
    if (match === undefined) return refuse(context, 404, `no agent answers ${url.path}`)
    const { agent, path } = match
    context.set('agent', agent.name)
    const headers = context.get('headers')
    const declaredBytes = Number(headers.get('content-length') ?? 0)
    // Before the agent: a body that is too large must not cost a slot.
    if (declaredBytes > agent.requestBodyBytes) {
      return refuse(context, 413, 'request body too large')
    }
    const shown = path === url.path ? raw.url : url.origin + path + url.query
    const request = new ReceivedRequest(raw, shown, headers)
    const response = await agent.fetch(request, {
      id: context.get('id'),
      signal: clientOf(raw, context.env),
    })
    context.set('answered', true)
    sendTrailers(response, context.env)
    return response
  })

  app.onError((_, context) => refuse(context, 500, 'internal error'))

  return app
}

interface SplitUrl {
  readonly origin: string
  readonly path: string
  /** With its question mark; empty when there is none. */
  readonly query: string
}

/**
 * By hand: the URL is already canonical, and Hono's own `path` is decoded, so that `%2520` put back into a
 * URL would reach the agent as `%20`.
 */
function splitUrl(url: string): SplitUrl {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  const query = end === -1 ? '' : url.slice(end)
  return {
    origin: url.slice(0, start),
    path: url.slice(start, end === -1 ? undefined : end),
    query,
  }
}

function refuse(context: AppContext, status: 400 | 404 | 413 | 500, error: string): Response {
  return context.json({ error, requestId: context.get('id') }, status)
}
