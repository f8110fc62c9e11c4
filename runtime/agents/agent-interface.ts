/**
 * A loaded agent as embedders see it. `LoadedAgent` is the class behind it.
 *
 * @module
 */
import type { FetchOptions } from './agent-runs.ts'
import type { FunctionDescription } from './json-functions.ts'
import type { Answer, ProgramOutcome, RunOptions } from '../serve/index.ts'
import type { AgentStats } from './stats.ts'
import type { FunctionType } from '../abi/index.ts'
import type { WebRequest } from '../host-module/index.ts'
import type { Digest } from '../digest/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { Attenuation } from '../policy/index.ts'

/** Options of `agent.call`: those of a request. */
export type CallOptions = FetchOptions

/**
 * A component with its image, its grants and its limits. `runtime.load` makes one.
 *
 * Each request, call and run starts from the state that the component had right after its initialisation, and
 * leaves nothing behind.
 */
export interface Agent {
  /** The `name` of its manifest. */
  readonly name: string
  /** Digest of its component: SHA-256, `sha256:` and 64 hexadecimal digits. */
  readonly digest: Digest
  /** Its manifest, with the grants now in force and with every default filled in. */
  readonly manifest: Manifest
  /** Whether it refuses new invocations until `disable(false)`. */
  readonly disabled: boolean
  /** The latest deadline of its invocations under way, on the clock of `performance.now()`; 0 without any. */
  readonly busyUntil: number

  /**
   * Answers a request from a fresh state.
   *
   * Resolves when the answer is complete. When the agent streams its answer, it resolves with the headers. Never rejects
   * for a fault of the agent: every ending has a status (500 for a trap, 503 when the host has no room, 504 for a limit,
   * 499 when the signal of the request was aborted before there was an answer).
   */
  fetch(request: WebRequest, options?: FetchOptions): Promise<Response>

  /** As `fetch`; a promise only when the agent does not answer at once. */
  respond(request: WebRequest, options?: FetchOptions): Response | Promise<Response>

  /** As `respond`, for servers: an answer that is whole comes as its fields and bytes, without a `Response`. */
  reply(request: WebRequest, options?: FetchOptions): Answer | Promise<Answer>

  /**
   * Calls an exported function from a fresh state: `greet`, or `acme:math/ops#add` in an interface.
   *
   * @param args - WIT values as jco maps them to JavaScript, in the order of the parameters
   * @returns the WIT value; for a `result`, its ok arm
   * @throws {MayflyError} ERR_EXPORT_MISSING, ERR_VALUE_MISMATCH, ERR_GUEST_TRAPPED, ERR_GUEST_KILLED,
   *   ERR_CLIENT_GONE, ERR_LIMIT_EXCEEDED, ERR_POOL_EXHAUSTED, ERR_RUNTIME_CLOSED
   * @throws {ComponentError} with the error arm of a `result` as `payload`
   */
  call(name: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>

  /**
   * Runs the component as a program (`wasi:cli/run`), from a fresh state, until it returns or exits.
   *
   * @throws {MayflyError} as `call` does
   */
  run(options?: RunOptions): Promise<ProgramOutcome>

  /** Its exported functions that JSON can call, with their `descriptions` of the manifest. */
  functions(): readonly FunctionDescription[]

  /** @deprecated Use `functions`: a tool is an agent that another agent may call. */
  tools(): readonly FunctionDescription[]

  /** The type of an exported function, by the names that `call` takes; `undefined` if there is no such export. */
  exportType(name: string): FunctionType | undefined

  /** Counts since it was loaded, and its present use of shared resources. */
  stats(): AgentStats

  /**
   * Stops every invocation under way: running ones within a slice of fuel, waiting ones at once.
   *
   * @param reason - for the record of each; `killed by the operator` by default
   * @returns how many were stopped
   */
  kill(reason?: string): number

  /**
   * Refuses new invocations, or takes them again. Those under way are left to end.
   *
   * @param disabled - `true` by default
   */
  disable(disabled?: boolean): void

  /**
   * Takes grants away at once: from the next use of a capability on, also in invocations under way. Only loading the
   * agent again gives them back.
   *
   * Resolves when the audit log names the grants that are left. Until then its records of this agent name none.
   *
   * @throws {MayflyError} ERR_CAPABILITY_DENIED for a change that would grant more, ERR_VALUE_MISMATCH for a name without
   *   a grant or a value that is not an attenuation; nothing has changed then
   */
  attenuate(attenuation: Partial<Attenuation>): Promise<void>

  /** Refuses new invocations, waits for those under way, then frees all that the agent holds. */
  unload(): Promise<void>
}
