/**
 * Exported functions over HTTP, as tools: `GET /-/tools` lists them with their schemas, `POST` of JSON to
 * `/-/tools/:agent/:function` calls one.
 *
 * @module
 */

import { Hono, type Context } from 'hono'
import type { ToolDescription, ToolOutcome } from '../../runtime/agents/index.ts'
import { isMayflyError } from '../../runtime/errors/index.ts'
import { authorize, type Access } from './authorize.ts'
import { readBody } from './read-body.ts'
import { refuse } from './refuse.ts'

/** An agent whose exports can be called. */
export interface ToolAgent {
  readonly name: string
  readonly requestBodyBytes: number
  readonly deadlineMs: number
  tools(): readonly ToolDescription[]
  /** @throws {MayflyError} */
  call(
    name: string,
    input: unknown,
    options: { id: string; signal: AbortSignal; startedAt: number },
  ): Promise<ToolOutcome>
  /** What a client learns of an invocation that did not complete. */
  refusal(error: unknown, id: string): Response
}

export interface ToolOptions {
  /** Read for every request. */
  agents: () => readonly ToolAgent[]
  access: Access
}

export const TOOLS_PATH = '/-/tools'

export function createTools({ agents, access }: ToolOptions): Hono {
  const app = new Hono()
  app.use(authorize(access))
  app.get(TOOLS_PATH, (context) => {
    const all = agents().map((agent) => ({ agent: agent.name, tools: agent.tools() }))
    return context.json({ agents: all.filter(({ tools }) => tools.length > 0) })
  })
  app.get(`${TOOLS_PATH}/:agent`, (context) => {
    const agent = find(agents(), context)
    if (agent === undefined) return noAgent(context)
    return context.json({ agent: agent.name, tools: agent.tools() })
  })
  app.post(`${TOOLS_PATH}/:agent/*`, (context) => {
    const agent = find(agents(), context)
    return agent === undefined ? noAgent(context) : call(context, agent)
  })
  app.all(`${TOOLS_PATH}/:agent/*`, (context) =>
    refuse(context, 405, `method ${context.req.method} not allowed`, { allow: 'POST' }),
  )
  app.notFound((context) => refuse(context, 404, `nothing at ${context.req.path}`))
  app.onError((_, context) => refuse(context, 500, 'internal error'))
  return app
}

function find(agents: readonly ToolAgent[], context: Context): ToolAgent | undefined {
  const name = context.req.param('agent')
  return agents.find((agent) => agent.name === name)
}

function noAgent(context: Context): Response {
  return refuse(context, 404, `no agent "${context.req.param('agent')}"`)
}

async function call(context: Context, agent: ToolAgent): Promise<Response> {
  const name = functionName(context, agent)
  if (name === undefined) {
    const names = agent.tools().map((tool) => tool.name)
    return refuse(context, 404, `agent "${agent.name}" has no such tool: ${names.join(', ')}`)
  }
  const startedAt = performance.now()
  const text = await textOf(context, agent)
  if (text instanceof Response) return text
  const input = parse(text)
  if (input === undefined) return refuse(context, 400, 'expected arguments in JSON')
  const id = context.req.header('x-request-id') ?? crypto.randomUUID()
  try {
    const { signal } = context.req.raw
    const outcome = await agent.call(name, input.json, { id, signal, startedAt })
    if (outcome.state === 'returned') return context.json(outcome.result ?? null)
    return context.json({ error: outcome.error, requestId: id }, 422)
  } catch (error) {
    // Whoever calls wrote the arguments: what is wrong with them is for them.
    if (isMayflyError(error) && error.code === 'ERR_VALUE_MISMATCH')
      return refuse(context, 400, error.message)
    return agent.refusal(error, id)
  }
}

/** The body, or why it was not read. */
async function textOf(
  context: Context,
  { requestBodyBytes, deadlineMs }: ToolAgent,
): Promise<string | Response> {
  const { body } = context.req.raw
  if (body === null) return ''
  const read = await readBody(body, { maxBytes: requestBodyBytes, timeoutMs: deadlineMs })
  switch (read.state) {
    case 'read':
      return new TextDecoder().decode(read.bytes)
    case 'too large':
      return refuse(context, 413, 'request body too large')
    case 'too slow':
      return refuse(context, 408, 'request not sent in time', { connection: 'close' })
  }
}

/** `ops/add` in a path means `ops#add`: a `#` would have to be escaped. */
function functionName(context: Context, agent: ToolAgent): string | undefined {
  const written = new URL(context.req.url).pathname.split('/').slice(4).join('/')
  let name: string
  try {
    name = decodeURIComponent(written)
  } catch {
    return undefined
  }
  const slash = name.lastIndexOf('/')
  const inInterface = `${name.slice(0, slash)}#${name.slice(slash + 1)}`
  const names = agent.tools().map((tool) => tool.name)
  return [name, inInterface].find((each) =>
    names.some((known) => known === each || known.replace(/@[^#]*/, '') === each),
  )
}

function parse(text: string): { readonly json: unknown } | undefined {
  if (text.trim() === '') return { json: {} }
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}
