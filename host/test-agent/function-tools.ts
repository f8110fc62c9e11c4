/**
 * Functions of a test in the place of agents that are called as tools.
 *
 * The capability `tools` decides, counts and records as ever: only the way to the called agent is another.
 *
 * @module
 */
import { tools } from '../../runtime/capabilities/tools/index.ts'
import type {
  AgentLink,
  AgentLinks,
  Capability,
  ForwardOutcome,
  InvocationContext,
  LinkFailure,
  LinkMessage,
  LinkOutcome,
} from '../../runtime/host-module/index.ts'

/** Facts about a call of a tool. */
export interface ToolFunctionCall {
  /** The name of the agent that calls. */
  readonly caller: string
  /** The name of the tool in the manifest of the caller. */
  readonly tool: string
  /** The blobs that it is handed. */
  readonly blobs: readonly Uint8Array[]
  /** Aborted when the caller ends, or gives up. */
  readonly signal: AbortSignal
}

/**
 * Stands for an agent: takes the input of a call, and returns the result, a JSON value or a promise of one. A `Response`
 * answers with its status and body. When it throws, the call has failed.
 */
export type ToolFunction = (input: unknown, call: ToolFunctionCall) => unknown

/** The capability `tools`, where `functions` stand for the agents of their names. */
export function toolsWith(functions: ReadonlyMap<string, ToolFunction>): Capability {
  const capability = tools()
  return {
    ...capability,
    configure: ({ agents, ...context }) =>
      capability.configure({ ...context, ...(agents && { agents: linksWith(functions, agents) }) }),
  }
}

function linksWith(functions: ReadonlyMap<string, ToolFunction>, agents: AgentLinks): AgentLinks {
  return {
    open(target) {
      const answer = functions.get(target.agent)
      return answer === undefined ? agents.open(target) : linkTo(target.agent, answer)
    },
  }
}

function linkTo(agent: string, answer: ToolFunction): AgentLink {
  return {
    post(context, message) {
      return isTooDeep(context) ? tooDeep(agent) : post(agent, answer, context, message)
    },
    async forward(context, forwarded): Promise<ForwardOutcome> {
      if (isTooDeep(context)) return tooDeep(agent)
      const stopped = new AbortController()
      forwarded.onBegin(() => stopped.abort())
      try {
        const { request } = forwarded
        const call = callOf(context, agent, [], stopped)
        const input = inputOf(new Uint8Array(await request.arrayBuffer()))
        return { state: 'answered', response: toResponse(await answer(input, call)) }
      } catch (error) {
        return failed(agent, error)
      } finally {
        forwarded.onEnd()
      }
    },
    call(_, name) {
      throw new TypeError(
        `Cannot call ${name} of agent "${agent}": a function of the test stands for it, give the path of the agent`,
      )
    },
  }
}

async function post(
  agent: string,
  answer: ToolFunction,
  context: InvocationContext,
  { path, body, blobs = [], onWait }: LinkMessage,
): Promise<LinkOutcome> {
  const stopped = new AbortController()
  onWait?.(() => stopped.abort())
  const call = callOf(context, decodeURIComponent(path.slice(1)), blobs, stopped)
  try {
    const response = toResponse(await answer(inputOf(body), call))
    const bytes = new Uint8Array(await response.arrayBuffer())
    return { state: 'answered', status: response.status, body: bytes }
  } catch (error) {
    return failed(agent, error)
  }
}

function callOf(
  { agent: caller, signal }: InvocationContext,
  tool: string,
  blobs: readonly Uint8Array[],
  stopped: AbortController,
): ToolFunctionCall {
  return { caller, tool, blobs, signal: AbortSignal.any([signal, stopped.signal]) }
}

/** What the text of the caller says as JSON; another text is the input itself. */
function inputOf(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body)
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function toResponse(result: unknown): Response {
  return result instanceof Response ? result : Response.json(result ?? null)
}

function isTooDeep({ toolDepth }: InvocationContext): boolean {
  return toolDepth <= 0
}

function tooDeep(agent: string): LinkFailure {
  return { state: 'limited', hint: `Raise limits.toolDepth to call agent "${agent}"` }
}

function failed(agent: string, error: unknown): LinkFailure {
  return { state: 'failed', hint: `The function for agent "${agent}" failed: ${String(error)}` }
}
