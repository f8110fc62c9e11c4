/**
 * Serves a request that one agent hands on to another: the answer is there with its head, and both bodies stream.
 *
 * @module
 */
import type { ForwardedRequest, ForwardOutcome, InvocationContext } from '../host-module/index.ts'
import type { Handler } from './handler.ts'
import { linkFailure } from './link-answer.ts'
import { stopWith } from './link-message.ts'
import type { Runs, ServedInvocation } from './served-invocation.ts'
import { toWebResponse } from './whole-answer.ts'

/** The invocation that answers, and the one that it ends with. */
export interface ForwardedInvocation<Invocation extends ServedInvocation> {
  readonly invocation: Invocation
  readonly caller: InvocationContext
}

/** Has `handler` answer the request. Never rejects. */
export async function forward<Invocation extends ServedInvocation>(
  handler: Handler,
  runs: Runs<Invocation>,
  { invocation, caller }: ForwardedInvocation<Invocation>,
  { request, onBegin, onEnd }: ForwardedRequest,
): Promise<ForwardOutcome> {
  onBegin(stopWith(caller, invocation))
  invocation.defer(onEnd)
  const response = toWebResponse(await handler.respond(runs, invocation, request))
  const { outcome } = invocation
  // Without an outcome it streams its answer.
  if (outcome === undefined || outcome.state === 'completed') return { state: 'answered', response }
  response.body?.cancel().catch(() => {})
  const { code } = outcome.error.facts
  return { ...linkFailure(outcome), ...(typeof code === 'string' ? { code } : {}) }
}
