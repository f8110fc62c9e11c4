/**
 * The control plane: what operators ask of a host, under `/-/`.
 *
 * @module
 */

import { Hono, type Context } from 'hono'
import { isMayflyError, type MayflyErrorCode } from '../../runtime/errors/index.ts'
import { authorize, type Access } from './authorize.ts'
import { refuse } from './refuse.ts'

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

/** What came of a change. */
export interface Controlled {
  readonly agent: string
  /** Invocations that were stopped. */
  readonly stopped: number
  /** Workers that have carried it out. */
  readonly workers: number
  /** Workers that have not yet, but will before anything else of the agent happens in them. */
  readonly silent: number
  /** Workers that had to be ended. */
  readonly terminated: number
  /** Until the last worker had carried it out. */
  readonly tookMs: number
}

/** Changes to agents. Each returns nothing when there is no agent of that name. */
export interface ControlledAgents {
  kill(name: string): Promise<Controlled | undefined>
  disable(name: string, disabled: boolean): Promise<Controlled | undefined>
  /** @throws {MayflyError} when the request is not understood, or would grant more */
  narrow(name: string, request: unknown): Promise<Controlled | undefined>
}

/** What the control plane asks its host. */
export interface HostState {
  health(): HostHealth
  agents(): Promise<readonly AgentSummary[]>
  readonly change: ControlledAgents
}

/** Handlers by path, then by method. A path answers other methods with 405 and those it has. */
type Routes = Readonly<
  Record<string, Readonly<Record<string, (context: Context) => Response | Promise<Response>>>>
>

type Change = (
  agents: ControlledAgents,
  name: string,
  body: unknown,
) => Promise<Controlled | undefined>

/** What can be done to an agent with POST. */
const CHANGES: Readonly<Record<string, Change>> = {
  kill: (agents, name) => agents.kill(name),
  disable: (agents, name) => agents.disable(name, true),
  enable: (agents, name) => agents.disable(name, false),
  grants: (agents, name, body) => agents.narrow(name, body),
}

const HEALTH = '/-/health'

export interface ControlOptions {
  access: Access
}

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
    ...changeRoutes(state.change),
  }
  const control = new Hono()
  control.use(authorize(access, new Set([HEALTH])))
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

function changeRoutes(agents: ControlledAgents): Routes {
  return Object.fromEntries(
    Object.entries(CHANGES).map(([action, change]) => [
      `/-/agents/:name/${action}`,
      { POST: (context) => carryOut(context, agents, change) },
    ]),
  )
}

async function carryOut(
  context: Context,
  agents: ControlledAgents,
  change: Change,
): Promise<Response> {
  const name = context.req.param('name') ?? ''
  try {
    const outcome = await change(agents, name, await bodyOf(context))
    return outcome === undefined
      ? refuse(context, 404, `no agent "${name}"`)
      : context.json(outcome)
  } catch (error) {
    if (!isMayflyError(error)) throw error
    // Whoever asks is the operator: the message is for them.
    return refuse(
      context,
      STATUSES[error.code] ?? 400,
      error.hint === undefined ? error.message : `${error.message}. ${error.hint}`,
    )
  }
}

const STATUSES: Readonly<Partial<Record<MayflyErrorCode, 409 | 503>>> = {
  ERR_CAPABILITY_DENIED: 409,
  ERR_HOST_UNAVAILABLE: 503,
}

/** Nothing when there is none, or it is no JSON. */
async function bodyOf({ req }: Context): Promise<unknown> {
  try {
    return JSON.parse(await req.text())
  } catch {
    return undefined
  }
}
