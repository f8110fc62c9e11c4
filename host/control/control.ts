/**
 * The control plane: requests of operators, and of holders of tokens, to a host, under `/-/`.
 *
 * @module
 */

import { Hono } from 'hono'
import type { Access, FoundToken } from './access/index.ts'
import { answering } from './answering.ts'
import type {
  AgentList,
  ApprovalList,
  AuditHeads,
  ChangeResult,
  PolicyCheck,
  RestoreResult,
} from './contract.ts'
import {
  manifestOf,
  MAX_DEPLOY_BYTES,
  MAX_MANIFEST_BYTES,
  readDeployRequest,
} from './deploy-request.ts'
import type { AgentChanges, HostState, Order } from './host.ts'
import type { StopResult, WorkerList } from './page-contract.ts'
import { PAGE_ROUTES } from './page-routes.ts'
import { METRICS_TYPE, metricsText } from './metrics.ts'
import { orderOf, requireAction } from './order.ts'
import { refuse } from './refuse.ts'
import {
  addRoutes,
  isAllowingNew,
  noAgent,
  type ControlEnvironment,
  type Exchange,
  type Route,
  type Routes,
} from './routes.ts'
import { scopedState } from './scoped-state.ts'
import { TAIL_ROUTES } from './tail/index.ts'
import { TOKEN_ROUTES } from './token-routes.ts'
import { TRIGGER_ROUTES } from './trigger-routes.ts'
import { VERSION_ROUTES } from './version-routes.ts'

/** Of a host without agents. */
const NOTHING_STOPPED: StopResult = {
  agents: [],
  stopped: 0,
  workers: 0,
  silent: 0,
  terminated: 0,
  tookMs: 0,
}

type Change = (
  agents: AgentChanges,
  exchange: Exchange,
  request: { readonly body: unknown; readonly order: Order },
) => Promise<ChangeResult | RestoreResult | undefined>

/** Changes of an agent, with POST. */
const CHANGES = {
  kill: change((agents, { agent }, { order }) => agents.kill(agent, order)),
  disable: change((agents, { agent }, { order }) => agents.disable(agent, true, order)),
  enable: change((agents, { agent }, { order }) => agents.disable(agent, false, order)),
  grants: change((agents, exchange, { body, order }) => {
    // What was taken away is given back by the operator only.
    if (!isRestore(body)) return agents.attenuate(exchange.agent, body, order)
    requireAction(exchange.principal, exchange.agent, 'admin')
    return agents.restore(exchange.agent, body, order)
  }),
}

/** All but the routes of functions, which have their own: workers answer them. */
export const CONTROL_ROUTES: Routes<HostState> = {
  '/-/health': {
    GET: {
      needs: 'anyone',
      of: 'host',
      answer({ context }, state) {
        const health = state.health()
        return context.json(health, health.status === 'ok' ? 200 : 503)
      },
    },
  },
  '/-/metrics': {
    GET: {
      needs: 'read',
      of: 'agents',
      answer: async ({ context, principal }, state) =>
        context.body(await metricsText(scopedState(state, principal)), 200, {
          'content-type': METRICS_TYPE,
        }),
    },
  },
  '/-/agents': {
    GET: {
      needs: 'read',
      of: 'agents',
      answer: async ({ context, principal }, state) =>
        context.json<AgentList>({ agents: await scopedState(state, principal).agents() }),
    },
    POST: {
      needs: 'deploy',
      of: 'agents',
      maxBodyBytes: MAX_DEPLOY_BYTES,
      answer: deploy,
    },
  },
  '/-/agents/:name': {
    GET: {
      needs: 'read',
      of: 'agent',
      async answer(exchange, state) {
        const agents = await state.agents()
        const agent = agents.find(({ name }) => name === exchange.agent)
        return agent === undefined ? noAgent(exchange) : exchange.context.json(agent)
      },
    },
  },
  '/-/agents/:name/kill': { POST: CHANGES.kill },
  '/-/agents/:name/stop': {
    POST: {
      needs: 'operate',
      of: 'agent',
      answer: (exchange, { change: agents }) =>
        answering(exchange.context, async () => {
          const { context, principal, agent } = exchange
          const stopped = await agents.stop((name) => name === agent, orderOf(principal))
          return stopped === undefined ? noAgent(exchange) : context.json<StopResult>(stopped)
        }),
    },
  },
  '/-/stop': {
    POST: {
      needs: 'operate',
      of: 'host',
      answer: ({ context, principal }, state) =>
        answering(context, async () => {
          const stopped = await state.change.stop(() => true, orderOf(principal))
          return context.json<StopResult>(stopped ?? NOTHING_STOPPED)
        }),
    },
  },
  '/-/agents/:name/disable': { POST: CHANGES.disable },
  '/-/agents/:name/enable': { POST: CHANGES.enable },
  '/-/agents/:name/grants': { POST: CHANGES.grants },
  '/-/workers': {
    GET: {
      needs: 'read',
      of: 'host',
      answer: ({ context }, { workers }) =>
        workers === undefined
          ? refuse(context, 404, 'this host has one thread')
          : context.json<WorkerList>(workers()),
    },
  },
  '/-/approvals': {
    GET: {
      needs: 'read',
      of: 'agents',
      answer: ({ context, principal }, state) =>
        context.json<ApprovalList>({ approvals: scopedState(state, principal).approvals() }),
    },
  },
  '/-/audit': {
    GET: {
      needs: 'read',
      of: 'host',
      answer({ context }, state) {
        const heads = state.auditHeads()
        return heads === undefined
          ? refuse(context, 404, 'nothing is recorded')
          : context.json<AuditHeads>({ heads })
      },
    },
  },
  '/-/policy/check': {
    POST: {
      needs: 'deploy',
      of: 'agents',
      maxBodyBytes: MAX_MANIFEST_BYTES,
      answer: checkPolicy,
    },
  },
  ...PAGE_ROUTES,
  ...TAIL_ROUTES,
  ...TOKEN_ROUTES,
  ...TRIGGER_ROUTES,
  ...VERSION_ROUTES,
}

/** Options of a control plane about its clients. */
export interface ControlOptions {
  /** The access rule. */
  access: Access
}

export function createControl(
  state: HostState,
  { access }: ControlOptions,
): Hono<ControlEnvironment> {
  const control = new Hono<ControlEnvironment>()
  addRoutes(control, {
    routes: CONTROL_ROUTES,
    state,
    access,
    findToken: (text): FoundToken | undefined => state.page?.find(text) ?? state.tokens?.find(text),
    log: state.log,
  })
  return control
}

function change(carryOut: Change): Route<HostState> {
  return {
    needs: 'operate',
    of: 'agent',
    answer: (exchange, state) =>
      answering(exchange.context, async () => {
        const { context, principal } = exchange
        const order = orderOf(principal)
        const body = await bodyOf(exchange)
        const outcome = await carryOut(state.change, exchange, { body, order })
        return outcome === undefined ? noAgent(exchange) : context.json(outcome)
      }),
  }
}

function deploy(exchange: Exchange, state: HostState): Promise<Response> {
  return answering(exchange.context, async () => {
    const { context, principal } = exchange
    const allowNew = isAllowingNew(exchange)
    const version = await readDeployRequest(context.req.raw)
    const deployed = await state.change.deployVersion(version, { allowNew }, orderOf(principal))
    return context.json(deployed, deployed.isNew ? 201 : 200)
  })
}

/** As a deploy would be answered before the component is looked at: agents of others have no answer for a token. */
function checkPolicy({ context, principal }: Exchange, state: HostState): Promise<Response> {
  return answering(context, async () => {
    const manifest = manifestOf(await context.req.text())
    orderOf(principal).token?.check(manifest, { allowNew: false })
    return context.json<PolicyCheck>(state.checkPolicy(manifest))
  })
}

/** Whether `body` asks for grants back. */
function isRestore(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'restore' in body
}

/** Returns `undefined` when there is no body, or it is not JSON. */
async function bodyOf({ context }: Exchange): Promise<unknown> {
  try {
    return JSON.parse(await context.req.text())
  } catch {
    return undefined
  }
}
