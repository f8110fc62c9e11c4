/**
 * What an embedder may set, for a runtime and for each agent it loads.
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
import type { TurnOptions } from './turn-line.ts'

/** What a runtime without capabilities of its own is made with. */
export interface RuntimeOptions extends CommonRuntimeOptions {
  /** What agents can be granted. */
  capabilities: readonly HostModule[]
  /**
   * What their functions take and return. A component that imports them as something else is refused.
   *
   * @default what a component says is believed
   */
  types?: HostTypes
}

/** What any runtime takes, whatever its capabilities are. */
export interface CommonRuntimeOptions {
  /** Told of every invocation that ended. Must not throw. */
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
   * One number, in which the runtime keeps the deadline, on the clock of `performance.now()`, of the guest that
   * runs on this thread now: 0 while none does, and while those that are under way wait for the host. In shared
   * memory it tells another thread when a thread that is silent must be ended.
   *
   * @default none
   */
  running?: Float64Array | undefined
  /**
   * Milliseconds that an agent may take to initialise, whatever its `limits.deadlineMs` is.
   *
   * @default none: that is the only bound
   */
  initialisationMs?: number | undefined
  /**
   * Told of what failed beside invocations: the agent is served as before. Must not throw.
   *
   * @default none
   */
  onFault?: ((agent: string, error: unknown) => void) | undefined
  /** Bounds of the slots of all agents together. */
  pool?: SlotPoolOptions
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
  /** Bounds of the bodies that are held in memory for all agents together. */
  bodies?: BodyOptions
  /**
   * Parts of WebAssembly that agents may use whose manifest asks for them: `gc`, `shared-memory`.
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
   * Bytes of one agent. One that holds none may hold a larger body.
   *
   * @default 134_217_728
   */
  maxBytesByAgent?: number
}

/** What `runtime.load` makes an agent of. */
export interface LoadOptions {
  /** The bytes of a component. Kept: do not change them. */
  component: Uint8Array
  /** A parsed manifest, or what one may be parsed from. */
  manifest: Manifest | Readonly<Record<string, unknown>>
  /**
   * What satisfies further imports: interface name to functions in camel case and resource classes in
   * Pascal case, as jco takes them. They come before capabilities.
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
