/** A loaded agent as the data plane serves it. @module */

import { Cors } from './cors.ts'
import { answerFromAssets, type AskedAsset } from './agent-assets.ts'
import type { ServedAssets } from '../assets/index.ts'
import type { Agent, Answer } from '../../runtime/agents/index.ts'
import type { AbortSource, WebRequest } from '../../runtime/host-module/index.ts'
import type { RateLimitSettings } from '../../runtime/manifest/index.ts'
import type { WebOrigin } from '../../runtime/policy/index.ts'

/** The part of an agent that the data plane needs. */
export interface ServedAgent {
  readonly name: string
  /** One sentence for people. */
  readonly description?: string
  /** A command for people; `{url}` stands for the address. @default 'curl {url}' */
  readonly example?: string
  /**
   * `/shop/*` for everything below `/shop` and `/shop` itself, or one exact path.
   *
   * @default none beside other agents, and all paths of its own hosts, if it has any
   */
  readonly route?: string
  /**
   * Names of hosts that lead to this agent alone, in lower case.
   *
   * @default none
   */
  readonly hosts?: readonly string[]
  readonly requestBodyBytes: number
  /**
   * How many requests clients may send.
   *
   * @default they are not counted
   */
  readonly rateLimit?: RateLimitSettings
  /**
   * Pages of other origins that may read its answers.
   *
   * @default its own fields decide
   */
  readonly cors?: Cors
  /**
   * Answers where a file of the agent does, and the agent itself need not.
   *
   * @default the agent has no files
   */
  asset?(request: AskedAsset): Answer | Promise<Answer> | undefined
  /**
   * Origins of pages that may open WebSockets to it, beside its own; `*` for all.
   *
   * @default none may be opened
   */
  readonly webSocketOrigins?: readonly string[]
  /**
   * Answers, at once when it can. The answer must have the id in `x-request-id`, and no header that frames the
   * message, or that reaches other agents of its origin.
   */
  fetch(
    request: WebRequest,
    options: { id: string; signal: AbortSource; origin: WebOrigin },
  ): Answer | Promise<Answer>
}

/**
 * Its requests come from outside: the audit log has `http` as their caller.
 *
 * @param assets - its files; none by default
 */
export function servedAgent(agent: Agent, assets?: ServedAssets): ServedAgent {
  const { route, hosts, limits, capabilities, cors, rateLimit, description, example } =
    agent.manifest
  const { websocket } = capabilities
  return {
    name: agent.name,
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { example }),
    ...(typeof route === 'string' ? { route } : {}),
    ...(hosts === undefined ? {} : { hosts }),
    ...(cors === undefined ? {} : { cors: new Cors(cors) }),
    requestBodyBytes: limits.requestBodyBytes,
    ...(rateLimit === undefined ? {} : { rateLimit }),
    // A disabled agent refuses the request itself.
    ...(assets && {
      asset: (request) => (agent.disabled ? undefined : answerFromAssets(assets, request)),
    }),
    ...(websocket === undefined ? {} : { webSocketOrigins: websocket.origins }),
    fetch: (request, { id, signal, origin }) =>
      agent.reply(request, { id, signal, origin, caller: 'http' }),
  }
}
