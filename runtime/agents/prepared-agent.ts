/**
 * An agent as far as loading it is work: decoded, validated, linked, rewritten, compiled and initialised.
 *
 * Plain data and compiled modules, so that one thread does the work and the threads that serve take it over.
 * It is trusted like code of the host: it must come from a `Runtime` of the same process.
 *
 * @module
 */
import type { Digest } from '../digest/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { FunctionDescription } from './json-functions.ts'
import type { Manifest } from '../manifest/index.ts'
import type { CountUse } from '../policy/index.ts'
import type { PreparedSandbox } from './sandboxes.ts'

/** A loaded agent without slots, to be sent to other threads. Its content belongs to the runtime. */
export interface PreparedAgent {
  /** Digest of the component. */
  readonly digest: Digest
  /** The interfaces that the component imports and calls, without version, sorted. */
  readonly interfaces: readonly string[]
}

/** The result of `prepare` of this version, which `adopt` takes. */
export interface PreparedParts extends PreparedAgent {
  readonly plan: LinkPlan
  /** Interfaces, with version, that the component says it may never call. */
  readonly optional: ReadonlySet<string>
  /** The functions that it declares in its code. */
  readonly declared: readonly FunctionDescription[]
  /** Its code and first state, or, where guests run elsewhere, the component as it came. */
  readonly guest: PreparedSandbox | { readonly kind: 'component'; readonly component: Uint8Array }
}

/** Whether both run the same compiled code, on data of their own. */
export function sharesCode(one: PreparedAgent, other: PreparedAgent): boolean {
  const key = keyOf(one)
  return key !== undefined && key === keyOf(other)
}

function keyOf(prepared: PreparedAgent): string | undefined {
  // The cast: nothing else makes one.
  const { guest } = prepared as PreparedParts
  return guest.kind === 'sandbox' ? guest.code.codes.map(({ key }) => key).join() : undefined
}

/** Options of `runtime.adopt`. */
export interface AdoptOptions {
  /** The result of `runtime.prepare` of the same version, in this process. */
  readonly prepared: PreparedAgent
  /** The manifest the agent was prepared with, or one that grants less. */
  readonly manifest: Manifest
  /**
   * Counts the uses of grants that have `maxUses`, when several runtimes serve this agent.
   *
   * @default each counts its own
   */
  readonly countUse?: CountUse | undefined
}
