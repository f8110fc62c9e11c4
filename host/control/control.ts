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

export function createControl(state: HostState): Hono {
  const routes: Routes = {
    '/-/health': {
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
  status: 404 | 405 | 500,
  error: string,
  headers: Record<string, string> = {},
): Response {
  return context.json(
    { error, requestId: context.req.header('x-request-id') ?? '' },
    status,
    headers,
  )
}
