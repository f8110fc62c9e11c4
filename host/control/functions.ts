/**
 * Exported functions over HTTP: `GET /-/functions` lists them with their schemas, `POST` of JSON to
 * `/-/functions/:agent/:function` calls one.
 *
 * Their path was `/-/tools` before, and still answers; a tool is an agent that another agent may call.
 *
 * @module
 */

import { Hono, type Context } from 'hono'
import { authorize, type Access } from './authorize.ts'
import { answerCall, type CallableAgent } from './answer-call.ts'
import type { AgentFunctions } from './contract.ts'
import { deprecatedPath } from './deprecated-path.ts'
import { refuse } from './refuse.ts'

export interface FunctionsOptions {
  /** Read for every request. */
  agents: () => readonly CallableAgent[]
  access: Access
}

const PATH = '/-/functions'
const FORMER_PATH = '/-/tools'
const FORMER_SINCE = new Date('2026-11-29')

/** Whether `createFunctions` answers requests to `path`. */
export function isFunctionsPath(path: string): boolean {
  return [PATH, FORMER_PATH].some((each) => path === each || path.startsWith(`${each}/`))
}

export function createFunctions({ agents, access }: FunctionsOptions): Hono {
  const app = new Hono()
  // Before all else: a refusal says as well that the path has moved.
  app.use(
    `${FORMER_PATH}/*`,
    deprecatedPath({ path: FORMER_PATH, successor: PATH, since: FORMER_SINCE }),
  )
  app.use(authorize(access))
  addRoutes(app, { path: PATH, describe, agents })
  addRoutes(app, { path: FORMER_PATH, describe: describeFormerly, agents })
  app.notFound((context) => refuse(context, 404, `nothing at ${context.req.path}`))
  app.onError((_, context) => refuse(context, 500, 'internal error'))
  return app
}

interface RoutesOptions {
  readonly path: string
  readonly describe: (agent: CallableAgent) => object
  readonly agents: () => readonly CallableAgent[]
}

function addRoutes(app: Hono, { path, describe, agents }: RoutesOptions): void {
  app.get(path, (context) => {
    const callable = agents().filter((agent) => agent.functions().length > 0)
    return context.json({ agents: callable.map(describe) })
  })
  app.get(`${path}/:agent`, (context) => {
    const agent = find(agents(), context)
    return agent === undefined ? noAgent(context) : context.json(describe(agent))
  })
  app.post(`${path}/:agent/*`, (context) => {
    const agent = find(agents(), context)
    return agent === undefined ? noAgent(context) : answerCall(context, agent)
  })
  app.all(`${path}/:agent/*`, (context) =>
    refuse(context, 405, `method ${context.req.method} not allowed`, { allow: 'POST' }),
  )
}

function describe(agent: CallableAgent): AgentFunctions {
  return { agent: agent.name, functions: agent.functions() }
}

function describeFormerly(agent: CallableAgent): object {
  return { agent: agent.name, tools: agent.functions() }
}

function find(agents: readonly CallableAgent[], context: Context): CallableAgent | undefined {
  const name = context.req.param('agent')
  return agents.find((agent) => agent.name === name)
}

function noAgent(context: Context): Response {
  return refuse(context, 404, `no agent "${context.req.param('agent')}"`)
}
