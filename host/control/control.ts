/**
 * The control plane: what operators ask of a host, under `/-/`.
 *
 * @module
 */

import { Hono, type Context } from 'hono'

/** One agent, as the whole host sees it: the counts of all workers added up. */
export interface AgentSummary {
  readonly name: string
  readonly route: string
  /** Of the component, `sha256:…`. */
  readonly digest: string
  readonly componentBytes: number
  /** What its manifest grants, by name. */
  readonly capabilities: readonly string[]
  readonly invocations: number
  readonly failures: number
  readonly active: number
}

export interface HostHealth {
  readonly status: 'ok' | 'degraded'
  readonly agents: number
  readonly workers: { readonly ready: number; readonly wanted: number }
  readonly uptimeSeconds: number
}

/** What the control plane asks its host. */
export interface HostState {
  health(): HostHealth
  agents(): Promise<readonly AgentSummary[]>
}

/** Handlers by path, then by method. A path answers other methods with 405 and those it has. */
type Routes = Readonly<
  Record<string, Readonly<Record<string, (context: Context) => Response | Promise<Response>>>>
>

export interface ControlOptions {
  /**
   * Who may ask: anyone, on a host that only its own machine reaches; whoever has the token; nobody, where
   * strangers reach the host and no token is set. Health is for anyone.
   */
  access: { state: 'open' } | { state: 'token'; token: string } | { state: 'closed' }
}

const HEALTH = '/-/health'

export function createControl(state: HostState, { access }: ControlOptions): Hono {
  const routes: Routes = {
    [HEALTH]: {
      GET: (context) => {
        const health = state.health()
        return context.json(health, health.status === 'ok' ? 200 : 503)
      },
    },
    '/-/agents': {
      GET: async (context) => context.json({ agents: await state.agents() }),
    },
  }
  const control = new Hono()
  control.use(async function authorize(context, next): Promise<Response | void> {
    if (context.req.path === HEALTH || access.state === 'open') return next()
    if (access.state === 'closed') return refuse(context, 403, 'control plane is closed')
    const given = context.req.header('authorization') ?? ''
    if (equalInConstantTime(given, `Bearer ${access.token}`)) return next()
    return refuse(context, 401, 'token required', { 'www-authenticate': 'Bearer' })
  })
  for (const [path, methods] of Object.entries(routes)) {
    for (const [method, handler] of Object.entries(methods)) control.on(method, path, handler)
    const allow = Object.keys(methods).flatMap((method) =>
      method === 'GET' ? ['GET', 'HEAD'] : [method],
    )
    control.all(path, (context) =>
      refuse(context, 405, `method ${context.req.method} not allowed`, { allow: allow.join(', ') }),
    )
  }
  control.notFound((context) => refuse(context, 404, `nothing at ${context.req.path}`))
  control.onError((_, context) => refuse(context, 500, 'internal error'))
  return control
}

function refuse(
  context: Context,
  status: 401 | 403 | 404 | 405 | 500,
  error: string,
  headers: Record<string, string> = {},
): Response {
  return context.json(
    { error, requestId: context.req.header('x-request-id') ?? '' },
    status,
    headers,
  )
}

/** How long it takes says how long the given text is, and nothing of where it differs. */
function equalInConstantTime(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length
  for (let index = 0; index < given.length; index++) {
    difference |= given.charCodeAt(index) ^ expected.charCodeAt(index % expected.length)
  }
  return difference === 0
}
