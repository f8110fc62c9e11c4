/**
 * Records the events of one agent in the audit log.
 *
 * Messages of errors stay out, because a guest may have written them. The record has the code of the error.
 *
 * @module
 */
import type { AuditEvent, AuditSink } from '../audit/index.ts'
import type { CapabilityEvent } from '../host-module/index.ts'
import type { Digest } from '../digest/index.ts'
import type { Outcome } from '../serve/index.ts'

/** An invocation, as far as the log tells of it. */
export interface AuditedInvocation {
  readonly id: string
  readonly caller: string
  readonly fuelUsed: number
}

export interface AuditTrailParts {
  readonly sink: AuditSink
  readonly agent: string
  readonly component: Digest
}

export class AuditTrail {
  /** Of the grants now in force; nothing while it is being made. */
  policy: Digest | undefined
  readonly #parts: AuditTrailParts

  constructor(parts: AuditTrailParts, policy: Digest) {
    this.#parts = parts
    this.policy = policy
  }

  /** Why nothing may run. */
  get blocked(): string | undefined {
    return this.#parts.sink.blocked
  }

  used(
    invocation: AuditedInvocation,
    { capability, action, target, outcome, rule, bytesIn, bytesOut }: CapabilityEvent,
  ): void {
    this.#append(invocation, {
      kind: 'use',
      capability,
      action,
      target,
      outcome,
      ...(rule === undefined ? {} : { rule }),
      ...(bytesIn === undefined ? {} : { bytesIn }),
      ...(bytesOut === undefined ? {} : { bytesOut }),
    })
  }

  ended(invocation: AuditedInvocation, outcome: Outcome, durationMs: number): void {
    this.#append(invocation, {
      kind: 'invocation',
      caller: invocation.caller,
      outcome: outcome.state,
      durationMs,
      fuel: invocation.fuelUsed,
      ...(outcome.state === 'completed' ? { status: outcome.status } : { reason: why(outcome) }),
    })
  }

  /** Records that an embedder took grants away; `policy` is the hash of the remaining grants. */
  attenuated(policy: Digest): void {
    const { sink, agent, component } = this.#parts
    this.policy = policy
    sink.append({ kind: 'grants', action: 'narrow', agent, component, policy })
  }

  #append(invocation: AuditedInvocation, event: AuditEvent): void {
    const { sink, agent, component } = this.#parts
    const { policy } = this
    const facts = { ...event, agent, invocation: invocation.id, component }
    sink.append(policy === undefined ? facts : { ...facts, policy })
  }
}

function why(outcome: Exclude<Outcome, { state: 'completed' }>): string {
  if (outcome.state !== 'limited') return outcome.error.code
  const { budget } = outcome.error.facts
  return typeof budget === 'string' ? `budget ${budget}` : `limit ${outcome.limit}`
}
