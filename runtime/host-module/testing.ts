/**
 * One invocation for the tests of capabilities: collects their records and can be ended.
 *
 * @module
 */

import { DEFAULT_BUDGETS } from '../capabilities/grants.ts'
import {
  Budget,
  HeldBytes,
  HOST_WORK_FUEL,
  type BudgetLimits,
  type FairShare,
} from '../meter/index.ts'
import type { ConfiguredModule, HostModule } from './contract.ts'
import type { CapabilityEvent, InvocationContext } from './invocation-context.ts'

/** One invocation for a test: the records of the capability, and a way to end it. */
export interface TestInvocation {
  /** What `prepare` takes. */
  readonly context: InvocationContext
  /** What the capability has recorded, in order. */
  readonly events: CapabilityEvent[]
  /** Fuel that the capability has charged to the guest. */
  readonly fuel: number
  /** Ends the invocation as the runtime does: aborts the signal, then runs deferred functions. */
  end(): void
}

/**
 * Makes an invocation without an engine.
 *
 * @param agent - its name; `tester` by default
 * @param budgets - its budgets; absent ones have the defaults of a manifest
 * @param bodies - the share of all agents in bytes of bodies; without it no claim is refused
 */
export function testInvocation(
  agent = 'tester',
  budgets: Partial<BudgetLimits> = {},
  bodies?: FairShare,
): TestInvocation {
  const held = new HeldBytes(agent, bodies)
  const controller = new AbortController()
  const events: CapabilityEvent[] = []
  const cleanups: (() => void)[] = []
  let fuel = 0
  return {
    events,
    get fuel() {
      return fuel
    },
    context: {
      agent,
      id: 'test-request',
      signal: controller.signal,
      callSignal: controller.signal,
      toolDepth: 8,
      toolFanOut: 16,
      answerWith() {},
      budget: new Budget({ ...DEFAULT_BUDGETS, ...budgets }),
      held,
      defer: (cleanup) => void (controller.signal.aborted ? cleanup() : cleanups.push(cleanup)),
      work: (kind, amount = 1) => void (fuel += HOST_WORK_FUEL[kind] * amount),
      record: (event) => void events.push(event),
    },
    end() {
      controller.abort(new DOMException('the invocation ended', 'AbortError'))
      for (const cleanup of cleanups) cleanup()
      held.end()
    },
  }
}

/** Functions of a capability under its only interface, callable without knowing their types. */
export type TestFunctions<Name extends string> = Readonly<
  Record<Name, (...args: unknown[]) => unknown>
>

/**
 * Configures `capability` as loading an agent with `grant` does.
 *
 * @param grant - the parsed value under the name of the capability in the manifest
 * @throws as `configure` does
 */
export async function configured(
  capability: HostModule,
  grant: unknown,
  agent = 'tester',
): Promise<ConfiguredModule> {
  return capability.configure({ agent, grant })
}

/** The functions of the first interface of `capability`, for one invocation. */
export function functionsOf<Name extends string>(
  capability: HostModule,
  ready: ConfiguredModule,
  { context }: Pick<TestInvocation, 'context'>,
): TestFunctions<Name> {
  const functions = ready.prepare(context)[capability.interfaces[0] ?? ''] ?? {}
  // The cast drops parameter types: tests pass the values that a guest would.
  return functions as unknown as TestFunctions<Name>
}

/**
 * The payload that `call` throws to the guest.
 *
 * @throws {Error} when the call succeeds, and anything thrown that is not for the guest
 */
export async function payloadOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'payload' in error) return error.payload
    throw error
  }
  throw new Error('Cannot read the error of a call that succeeded')
}
