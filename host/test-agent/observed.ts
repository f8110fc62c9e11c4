/** What a test sees of the invocations of its agents. @module */
import type { CapabilityEvent } from '../../runtime/host-module/index.ts'
import type { InvocationRecord } from '../../runtime/agents/index.ts'

/** A use of a capability that was denied. */
export interface Denial extends Pick<CapabilityEvent, 'capability' | 'action' | 'target'> {
  /** The name of the agent that was denied it. */
  readonly agent: string
  /** The line that would allow it. */
  readonly hint: string
}

/** What the tested agent has used. What the agents used that it called is not counted twice. */
export interface AgentUsage {
  /** How many requests, calls and runs have ended. */
  readonly invocations: number
  /** Fuel, with that of the agents it called. 0 when it is not metered by fuel. */
  readonly fuel: number
  /** How often it has used a capability that is granted, by its name in `agent.json`. */
  readonly calls: Readonly<Record<string, number>>
}

/** The denials among `records`, in order. */
export function denialsOf(records: readonly InvocationRecord[]): Denial[] {
  return records.flatMap(({ agent, events }) =>
    events
      .filter(({ outcome }) => outcome === 'denied')
      .map(({ capability, action, target, hint = '' }) => ({
        agent,
        capability,
        action,
        target,
        hint,
      })),
  )
}

/** The usage of the agent `name`. */
export function usageOf(records: readonly InvocationRecord[], name: string): AgentUsage {
  const own = records.filter(({ agent }) => agent === name)
  const calls: Record<string, number> = {}
  for (const { capability, outcome } of own.flatMap(({ events }) => events)) {
    if (outcome === 'allowed') calls[capability] = (calls[capability] ?? 0) + 1
  }
  const fuel = own.reduce((sum, record) => sum + record.fuel, 0)
  return { invocations: own.length, fuel, calls }
}
