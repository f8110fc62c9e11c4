/**
 * How the requests of one agent are served: made once a load, used for each request.
 *
 * @module
 */
import type {
  InvocationContext,
  LinkMessage,
  LinkOutcome,
  WebRequest,
} from '../host-module/index.ts'
import type { WebOrigin } from '../policy/index.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'
import type { Answer } from './whole-answer.ts'

/** Serves the requests of one agent. */
export interface Handler {
  /** The export that it calls, without version: `mayfly:agent/handler#handle`. */
  readonly export: string
  /**
   * Answers a request; a promise only when the guest waits. Never throws or rejects.
   *
   * @param origin - where a browser puts the answer; nothing when the agent may send every field
   */
  respond<Invocation extends ServedInvocation>(
    runs: Runs<Invocation>,
    invocation: Invocation,
    request: WebRequest,
    origin?: WebOrigin,
  ): Answer | Promise<Answer>
  /**
   * Answers a `POST` of JSON from another agent. Never throws or rejects.
   *
   * @param caller - the invocation that asks: `invocation` ends with it
   */
  post<Invocation extends ServedInvocation>(
    runs: Runs<Invocation>,
    invocation: Invocation,
    caller: InvocationContext,
    message: LinkMessage,
  ): LinkOutcome | Promise<LinkOutcome>
}
