/**
 * A tool as its caller has it, and the refusal of a call.
 *
 * @module
 */
import { GuestError, type AgentLink, type InvocationContext } from '../../host-module/index.ts'
import type { CountUse } from '../../policy/index.ts'
import type { ToolGrant } from './grant.ts'

/** `error` of tools.wit. */
export type Refusal = 'denied' | 'limited' | 'malformed' | 'failed' | 'unavailable'

export interface Tool {
  readonly link: AgentLink
  grant: ToolGrant
  /** Functions that cut the calls waiting for this tool, for when its grant is revoked. */
  readonly waiting: Set<() => void>
}

export interface ToolCallContext {
  readonly context: InvocationContext
  readonly known: ReadonlyMap<string, Tool>
  readonly countUse: CountUse
}

/** @throws {GuestError} always */
export function refuse(
  context: InvocationContext,
  target: string,
  refusal: Refusal,
  hint: string,
  bytesOut = 0,
): never {
  const outcome = refusal === 'denied' || refusal === 'limited' ? refusal : 'failed'
  context.record({ capability: 'tools', action: 'call', target, outcome, bytesOut, hint })
  throw new GuestError(refusal)
}
