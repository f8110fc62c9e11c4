/**
 * Exported functions over HTTP: `GET /-/functions` lists them with their schemas, `POST` of JSON to
 * `/-/functions/:agent/:function` calls one.
 *
 * Their path was `/-/tools` before, and still answers; a tool is an agent that another agent may call.
 *
 * @module
 */

import { Hono } from 'hono'
import { isSeen, type Access, type FindToken } from './access/index.ts'
import { answerCall } from './answer-call.ts'
import type { CallableAgent } from './call-function.ts'
import type { AgentFunctions } from './contract.ts'
import { deprecatedPath } from './deprecated-path.ts'
import type { ControlLog } from './log-answer.ts'
import { refuse } from './refuse.ts'
import { addRoutes, type ControlEnvironment, type Exchange, type Routes } from './routes.ts'

export interface FunctionsOptions {
  /** Read for every request. */
  agents: () => readonly CallableAgent[]
  access: Access
  /**
   * Finds scoped tokens.
   *
   * @default there are none
   */
  findToken?: FindToken
  /**
   * Takes the log lines of calls by holders of tokens.
   *
   * @default none is logged
   */
  log?: ControlLog
}

type Agents = FunctionsOptions['agents']

const PATH = '/-/functions'
const FORMER_PATH = '/-/tools'
const FORMER_SINCE = new Date('2026-11-29')

export const FUNCTION_ROUTES: Routes<Agents> = {
  ...routesOf(PATH, describe),
  ...routesOf(FORMER_PATH, describeFormerly),
}

/** Whether `createFunctions` answers requests to `path`. */
export function isFunctionsPath(path: string): boolean {
  return [PATH, FORMER_PATH].some((each) => path === each || path.startsWith(`${each}/`))
}

export function createFunctions({
  agents,
  access,
  findToken,
  log,
}: FunctionsOptions): Hono<ControlEnvironment> {
  const app = new Hono<ControlEnvironment>()
  // Before all else: a refusal says as well that the path has moved.
  app.use(
    `${FORMER_PATH}/*`,
    deprecatedPath({ path: FORMER_PATH, successor: PATH, since: FORMER_SINCE }),
  )
  addRoutes(app, {
    routes: FUNCTION_ROUTES,
    state: agents,
    access,
    findToken,
    // Of other clients the line of the request says all.
    log: log && ((line) => line.caller.startsWith('token:') && log(line)),
  })
  return app
}

/** They need no more than a call does: the list is of what can be called. */
function routesOf(path: string, describe: (agent: CallableAgent) => object): Routes<Agents> {
  return {
    [path]: {
      GET: {
        needs: 'call',
        of: 'agents',
        answer({ context, principal }, agents) {
          const seen = agents().filter(({ name }) => isSeen(principal, name))
          return context.json({ agents: seen.filter(exportsSome).map(describe) })
        },
      },
    },
    [`${path}/:name`]: {
      GET: {
        needs: 'call',
        of: 'agent',
        answer(exchange, agents) {
          const agent = find(agents(), exchange)
          return agent === undefined ? noAgent(exchange) : exchange.context.json(describe(agent))
        },
      },
    },
    [`${path}/:name/*`]: {
      POST: {
        needs: 'call',
        of: 'agent',
        maxBodyBytes: 'of the agent',
        answer(exchange, agents) {
          const agent = find(agents(), exchange)
          return agent === undefined ? noAgent(exchange) : answerCall(exchange.context, agent)
        },
      },
    },
  }
}

/** The agents that export functions, with these. */
export function functionsOf(agents: readonly ExportingAgent[]): readonly AgentFunctions[] {
  return agents.filter(exportsSome).map(describe)
}

type ExportingAgent = Pick<CallableAgent, 'name' | 'functions'>

function exportsSome(agent: ExportingAgent): boolean {
  return agent.functions().length > 0
}

function describe(agent: ExportingAgent): AgentFunctions {
  return { agent: agent.name, functions: agent.functions() }
}

function describeFormerly(agent: CallableAgent): object {
  return { agent: agent.name, tools: agent.functions() }
}

function find(agents: readonly CallableAgent[], { agent }: Exchange): CallableAgent | undefined {
  return agents.find(({ name }) => name === agent)
}

function noAgent({ context, agent }: Exchange): Response {
  return refuse(context, 404, `no agent "${agent}"`)
}
