/**
 * How one agent reaches another: the runtime makes a link for each agent that a manifest names as a tool.
 *
 * @module
 */
import type { Attenuation } from '../policy/index.ts'
import type { InvocationContext } from './invocation-context.ts'
import type { WebRequest } from './web-request.ts'

/** The agent that a link leads to, and the attenuation of its grants. */
export interface LinkTarget {
  /** The name of the agent that is called. It need not be loaded yet. */
  readonly agent: string
  /** The attenuation of its own grants over this link. */
  readonly attenuation: Attenuation
}

/** The message to a callee. */
export interface LinkMessage {
  /** Of the URL. */
  readonly path: string
  /** Of the request: JSON. */
  readonly body: Uint8Array
  /**
   * A function of the callee, which is called with the body as its arguments.
   *
   * @default the callee gets a request
   */
  readonly functionName?: string
  /**
   * Bytes it is handed by reference.
   *
   * @default none
   */
  readonly blobs?: readonly Uint8Array[]
  /**
   * Called when there is no answer yet, with a function that stops the callee.
   *
   * @default only the end of the caller stops the callee
   */
  readonly onWait?: (stop: () => void) => void
}

/** The outcome of a call, as its caller may know it. */
export type LinkOutcome =
  { readonly state: 'answered'; readonly status: number; readonly body: Uint8Array } | LinkFailure

/** Why there is no answer. */
export interface LinkFailure {
  readonly state: 'limited' | 'malformed' | 'failed' | 'unavailable'
  /** For the operator. */
  readonly hint: string
  /**
   * The error code of `wasi:http` that the callee has answered with.
   *
   * @default it has answered with none
   */
  readonly code?: string
}

/** A request that is handed on to a callee. */
export interface ForwardedRequest {
  readonly request: WebRequest
  /** Called with a function that stops the callee, before it begins. */
  onBegin(stop: () => void): void
  /** Called when the callee has ended, which may be before its answer has been read. */
  onEnd(): void
}

/** The answer to a request that was handed on, as soon as its head is there. */
export type ForwardOutcome =
  { readonly state: 'answered'; readonly response: Response } | LinkFailure

/** A way to one other agent, found by name at each call. */
export interface AgentLink {
  /**
   * Sends the callee a request; answers at once when the callee does. Never throws or rejects for a fault of the callee.
   *
   * @param caller - the invocation whose deadline and budgets the callee spends
   */
  post(caller: InvocationContext, message: LinkMessage): LinkOutcome | Promise<LinkOutcome>
  /**
   * Hands a request on to the handler of the callee, whatever its standard, with bodies as streams. The callee ends with
   * the caller. Never rejects for a fault of the callee.
   */
  forward(caller: InvocationContext, request: ForwardedRequest): Promise<ForwardOutcome>
  /**
   * Calls a function that the callee exports, such as `acme:math/ops#add`. Throws or rejects as
   * `agent.call` does.
   */
  call(caller: InvocationContext, name: string, args: readonly unknown[]): unknown
}

/** Opens links to other agents of the runtime. */
export interface AgentLinks {
  /** Opens a link. The agent is looked for at each call. */
  open(target: LinkTarget): AgentLink
}
