/**
 * The contract between the runtime and a host module; a capability is one kind of host module.
 *
 * Three stages, rare to frequent: `configure` once a deploy, `prepare` at most once an invocation (only when the guest
 * calls the capability at all), the functions themselves once a call. Each stage refuses as much as it can, so that the
 * later ones need not check again. A capability knows grants, budgets and audit; the driver below it knows bytes.
 *
 * @module
 */

import type { ShareUse } from '../meter/index.ts'
import type { CountUse } from '../policy/index.ts'
import type { AgentLinks } from './agent-link.ts'
import type { InvocationContext } from './invocation-context.ts'
import type { RequestHandler } from './request-handler.ts'

/** A host function: takes and returns WIT values as jco maps them, or a promise, which suspends the guest. */
export type HostFunction = (...args: never[]) => unknown

/**
 * Interface name without version (`mayfly:agent/kv`) → function name in camel case → function, and resource
 * name in Pascal case → class. Methods are called on the objects themselves; a guest that drops a handle has
 * its object disposed of, when it has `[Symbol.dispose]`.
 */
export type Imports = Readonly<
  Record<string, Readonly<Record<string, HostFunction | (new (...args: never[]) => object)>>>
>

/** The context of `configure`, once for each agent that is loaded. */
export interface ConfigureContext {
  /** The agent's name, for messages and for keeping one agent's stores apart from another's. */
  readonly agent: string
  /** The parsed `capabilities.<name>` of the manifest; `undefined` when it is absent. */
  readonly grant: unknown
  /**
   * Counts the uses of leases, for all threads that serve this agent.
   *
   * @default a count of this thread
   */
  readonly countUse?: CountUse | undefined
  /**
   * Reaches other agents of the runtime.
   *
   * @default none can be reached
   */
  readonly agents?: AgentLinks | undefined
}

/** Something that agents share. */
export interface Shared {
  /** @param agent - returns the use by that agent; without it the use by all agents */
  use(agent?: string): ShareUse
}

/** A host module under the grant of one agent. Disposed of when the agent is unloaded. */
export interface ConfiguredModule extends AsyncDisposable {
  /**
   * Further interfaces, with or without version, that this grant provides: functions only.
   *
   * @default none
   */
  readonly provides?: readonly string[]
  /** Whether the manifest grants anything here. An import of an ungranted interface is refused at load. */
  readonly granted: boolean
  /**
   * Whether the grant is for this one of its interfaces.
   *
   * @default as `granted`, for each of them
   */
  covers?(path: string): boolean
  /**
   * Functions a component may call while it initialises, once for all its requests. Their results become part of the
   * state every request starts from. So they must be the same for all requests, and neither secret nor random nor
   * dependent on time.
   *
   * @default none
   */
  readonly initial?: Imports
  /**
   * Replaces the grant by `grant`, for invocations under way as well. The next use is decided by it, and open work that
   * it does not cover is cut. It never grants more than before. Must not throw.
   *
   * @default the grant of `configure` stays in force
   */
  attenuate?(grant: unknown): void
  /** Returns the functions for one invocation. Runs on the request path: no I/O, no promises. */
  prepare(context: InvocationContext): Imports
}

/**
 * Functions of the host that components import.
 *
 * Three stages, rare to frequent: `configure` once an agent, `prepare` at most once an invocation, the functions once
 * a call. Each stage refuses as much as it can.
 */
export interface HostModule {
  /** One word: the folder, and for a capability the manifest key and the label in audit as well. */
  readonly name: string
  /** WIT interfaces it provides, without version. */
  readonly interfaces: readonly string[]
  /**
   * Its functions that may return a promise, each with its interface, as WIT names them: `mayfly:agent/http#send`,
   * `wasi:io/poll#[method]pollable.block`. A function that never does is cheaper to call. Functions of interfaces that a
   * grant provides always may.
   *
   * @default all of them
   */
  readonly suspends?: readonly string[]
  /**
   * The connections it uses, for statistics. Modules over one driver name the same.
   *
   * @default none are counted
   */
  readonly sockets?: Shared | undefined
  /** How a component that exports a standard handler is served, when this module knows one. */
  readonly serves?: RequestHandler
  /**
   * Checks the grant and opens the resources it needs.
   *
   * @throws {MayflyError} ERR_MANIFEST_INVALID, ERR_HOST_UNAVAILABLE
   */
  configure(context: ConfigureContext): ConfiguredModule | Promise<ConfiguredModule>
}

/** A host module that a manifest grants: without a grant a component that imports it is refused. */
export interface Capability extends HostModule {
  /** The text for `capabilities` of agent.json that grants it, for the hint of a refusal. */
  readonly example: string
  /**
   * The texts for single interfaces, by name, that the one above does not grant.
   *
   * @default none
   */
  readonly examples?: Readonly<Record<string, string>>
}
