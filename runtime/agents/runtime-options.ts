/**
 * Options of an embedder, for a runtime and for each agent it loads.
 *
 * @module
 */
import type { AuditSink } from '../audit/index.ts'
import type { HostModule } from '../host-module/index.ts'
import type { ImportSource } from '../link/index.ts'
import type { Feature, Manifest } from '../manifest/index.ts'
import type { CountUse } from '../policy/index.ts'
import type { CodeStore, SlotPoolOptions } from '../stamp/index.ts'
import type { InvocationRecord } from './invocation-record.ts'
import type { HostTypes } from './host-types.ts'
import type { Turns } from './sandbox-parts.ts'
import type { TenantBound } from './tenant-places.ts'
import type { TurnOptions } from './turn-line.ts'
import type { WaitingOptions } from './waiting-room.ts'

/** Options of a runtime without built-in capabilities. */
export interface RuntimeOptions extends CommonRuntimeOptions {
  /** The capabilities that agents can be granted. */
  capabilities: readonly HostModule[]
  /**
   * Types of their functions. A component that imports them with other types is refused.
   *
   * @default types of a component are not checked
   */
  types?: HostTypes
  /**
   * Returns capabilities for agents that are asked before their clients come. None is granted.
   *
   * @default none: only agents without imports are asked
   */
  toWarmUp?: () => readonly HostModule[]
}

/** Options of every runtime. */
export interface CommonRuntimeOptions {
  /** Called with every invocation that ended. Must not throw. */
  onInvocation?: (record: InvocationRecord) => void
  /**
   * Takes a record of everything agents do and are denied. While it is blocked, nothing runs.
   *
   * @default none
   */
  audit?: AuditSink | undefined
  /**
   * Called whenever a guest comes by the host, at every import and every slice of fuel: a chance to kill or
   * narrow agents while one of them keeps the event loop from turning. Must be cheap and must not throw.
   *
   * @default none
   */
  poll?: (() => void) | undefined
  /**
   * One number in which the runtime keeps the deadline of the guest that runs on this thread now, on the clock of
   * `performance.now()`. It is 0 while none runs, and while guests wait for the host. In shared memory it lets another
   * thread decide when to end a thread that does not react.
   *
   * @default none
   */
  running?: Float64Array | undefined
  /**
   * Milliseconds that an agent may take to initialise, even if its `limits.deadlineMs` is longer.
   *
   * @default none: `limits.deadlineMs` is the only bound
   */
  initialisationMs?: number | undefined
  /**
   * Called with failures outside of invocations: the agent is served as before. Must not throw.
   *
   * @default none
   */
  onFault?: ((agent: string, error: unknown) => void) | undefined
  /** Bounds of the slots of all agents together. */
  pool?: SlotPoolOptions
  /** Bounds of the guests that wait without a slot. */
  waiting?: WaitingOptions
  /** Bounds of the guests that compute in turns. */
  line?: TurnOptions
  /**
   * How guests are entered that compute: `fair`, so that they can be suspended and others have their turn; or
   * `adaptive`, plainly, which is a microsecond quicker, until a guest of the agent once takes longer than its
   * slice of 2 ms. That one call blocks its thread until its deadline: only for agents that are trusted.
   *
   * @default 'fair' for every agent
   */
  turns?: Turns | ((agent: string) => Turns)
  /**
   * The tenant of an agent, where all agents of one share a bound on their invocations that run at once.
   *
   * @default none: `limits.concurrency` of each agent is the only bound
   */
  tenants?: (agent: string) => TenantBound | undefined
  /**
   * Whether the first agent of each code is asked in the background after it was loaded, so that clients find code that
   * the platform has compiled for speed. `runtime.warmUp()` does it at once, also where this is false.
   *
   * @default true
   */
  warmUp?: boolean
  /** Bounds of the bodies that are held in memory for all agents together. */
  bodies?: BodyOptions
  /**
   * Features of WebAssembly that agents may use if their manifest asks for them: `gc`, `shared-memory`.
   *
   * @default none
   */
  features?: readonly Feature[]
  /**
   * Keeps rewritten modules between runs.
   *
   * @default none: they are rewritten again
   */
  codeStore?: CodeStore
  /**
   * Where guests run, when not on this thread: in processes of their own.
   *
   * @default guests run on this thread
   */
  site?: GuestSite | undefined
}

/** A place outside of this thread where guests run. Its content belongs to the runtime. */
export interface GuestSite {
  /** For messages. */
  readonly name: string
}

/** Bounds of the bodies that the host holds in memory. */
export interface BodyOptions {
  /**
   * Bytes in all: bodies of requests until they are answered, of responses to agents until they take them, of
   * answers until their clients have them, and blobs.
   *
   * @default 536_870_912
   */
  maxBytes?: number
  /**
   * Bytes of one agent. An agent that holds none may hold one larger body.
   *
   * @default 134_217_728
   */
  maxBytesByAgent?: number
}

/** Options of `runtime.load`. */
export interface LoadOptions {
  /** The bytes of a component. Kept: do not change them. */
  component: Uint8Array
  /** A parsed manifest, or an object to parse. */
  manifest: Manifest | Readonly<Record<string, unknown>>
  /**
   * Providers of further imports: by interface name, functions in camel case and resource classes in Pascal case, as jco
   * takes them. They come before capabilities.
   *
   * @default none
   */
  imports?: ImportSource
  /**
   * Counts the uses of grants that have `maxUses`, when several runtimes serve this agent.
   *
   * @default each counts its own
   */
  countUse?: CountUse | undefined
}
