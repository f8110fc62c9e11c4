/**
 * The control plane: requests of operators to a host, under `/-/`.
 *
 * @module
 */

import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { isMayflyError, type MayflyErrorCode } from '../../runtime/errors/index.ts'
import { authorize, type Access } from './authorize.ts'
import type { AgentList, ApprovalList, AuditHeads, ChangeResult, DeployResult } from './contract.ts'
import { MAX_DEPLOY_BYTES, readDeployRequest } from './deploy-request.ts'
import type { AgentChanges, HostState } from './host.ts'
import { METRICS_TYPE, metricsText } from './metrics.ts'
import { refuse } from './refuse.ts'

/** Handlers by path, then by method. A path answers other methods with 405 and those it has. */
type Routes = Readonly<
  Record<string, Readonly<Record<string, (context: Context) => Response | Promise<Response>>>>
>

type Change = (
  agents: AgentChanges,
  name: string,
  request: { readonly body: unknown; readonly allowNew: boolean },
) => Promise<ChangeResult | DeployResult | undefined>

/** Changes of an agent, with POST. */
const CHANGES: Readonly<Record<string, Change>> = {
  kill: (agents, name) => agents.kill(name),
  disable: (agents, name) => agents.disable(name, true),
  enable: (agents, name) => agents.disable(name, false),
  grants: (agents, name, { body }) => agents.attenuate(name, body),
  rollback: (agents, name, { allowNew }) => agents.rollBack(name, { allowNew }),
}

const HEALTH = '/-/health'
const AGENTS = '/-/agents'
// Names of grants; a manifest comes with a deploy.
const MAX_BODY_BYTES = 65_536

/** Options of a control plane about its clients. */
export interface ControlOptions {
  /** The access rule. */
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
    '/-/metrics': {
      GET: async (context) =>
        context.body(await metricsText(state), 200, { 'content-type': METRICS_TYPE }),
    },
    [AGENTS]: {
      GET: async (context) => context.json<AgentList>({ agents: await state.agents() }),
      POST: (context) => deploy(context, state.change),
    },
    '/-/agents/:name': {
      GET: async (context) => {
        const agents = await state.agents()
        const agent = agents.find(({ name }) => name === context.req.param('name'))
        return agent === undefined ? noAgent(context) : context.json(agent)
      },
    },
    '/-/approvals': {
      GET: (context) => context.json<ApprovalList>({ approvals: state.approvals() }),
    },
    '/-/audit': {
      GET: (context) => {
        const heads = state.auditHeads()
        return heads === undefined
          ? refuse(context, 404, 'nothing is recorded')
          : context.json<AuditHeads>({ heads })
      },
    },
    ...changeRoutes(state.change),
  }
  const control = new Hono()
  control.use(authorize(access, new Set([HEALTH])))
  // After the check of the sender, so that a stranger cannot make the host hold a body.
  control.use(function bound(context, next) {
    const maxSize = context.req.path === AGENTS ? MAX_DEPLOY_BYTES : MAX_BODY_BYTES
    return bodyLimit({ maxSize, onError: tooLarge })(context, next)
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

function changeRoutes(agents: AgentChanges): Routes {
  return Object.fromEntries(
    Object.entries(CHANGES).map(([action, change]) => [
      `/-/agents/:name/${action}`,
      { POST: (context) => carryOut(context, agents, change) },
    ]),
  )
}

function carryOut(context: Context, agents: AgentChanges, change: Change): Promise<Response> {
  return answering(context, async () => {
    const allowNew = isAllowingNew(context)
    const body = await bodyOf(context)
    const outcome = await change(agents, context.req.param('name') ?? '', { body, allowNew })
    return outcome === undefined ? noAgent(context) : context.json(outcome)
  })
}

function deploy(context: Context, agents: AgentChanges): Promise<Response> {
  return answering(context, async () => {
    const allowNew = isAllowingNew(context)
    const version = await readDeployRequest(context.req.raw)
    const deployed = await agents.deployVersion(version, { allowNew })
    return context.json(deployed, deployed.isNew ? 201 : 200)
  })
}

/** `?allowNewCapabilities`, unless it says no. */
function isAllowingNew({ req }: Context): boolean {
  const value = req.query('allowNewCapabilities')
  return value !== undefined && value !== 'false'
}

async function answering(context: Context, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (!isMayflyError(error)) throw error
    // The sender is the operator, so the message may be shown.
    return refuse(
      context,
      STATUSES[error.code] ?? 400,
      error.hint === undefined ? error.message : `${error.message}. ${error.hint}`,
    )
  }
}

function noAgent(context: Context): Response {
  return refuse(context, 404, `no agent "${context.req.param('name') ?? ''}"`)
}

function tooLarge(context: Context): Response {
  return refuse(context, 413, 'request body too large')
}

const STATUSES: Readonly<Partial<Record<MayflyErrorCode, 409 | 503>>> = {
  ERR_CAPABILITY_DENIED: 409,
  ERR_HOST_UNAVAILABLE: 503,
}

/** Returns `undefined` when there is no body, or it is not JSON. */
async function bodyOf({ req }: Context): Promise<unknown> {
  try {
    return JSON.parse(await req.text())
  } catch {
    return undefined
  }
}
