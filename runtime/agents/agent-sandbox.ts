/**
 * Where the calls of one agent run, as its `AgentRuns` sees it: on this thread, or in another process.
 *
 * All mediation is on this side: an implementation runs code of the guest, and passes its imports to `host`.
 *
 * @module
 */
import type { HostDispatcher, LinkPlan } from '../link/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { Invocation } from './invocation.ts'
import type { SandboxStats } from './sandbox-parts.ts'

/** Runs calls of one component, each from the state its initialisation left. */
export interface AgentSandbox {
  /** Whether streams can pass between its guests and the host. */
  readonly passesStreams: boolean
  /**
   * Calls the export `name`; a promise only when there is something to wait for.
   *
   * @throws the error of the call, or the reason why it was stopped
   */
  run(invocation: Invocation, host: HostDispatcher, name: string, args: readonly unknown[]): unknown
  stats(): SandboxStats
  /** Frees all that the agent holds. Nothing may run. */
  release(): void
}

/** What a site needs to run an agent. */
export interface SiteRequest {
  readonly component: Uint8Array
  readonly plan: LinkPlan
  readonly manifest: Manifest
  /** Values of imports that the component may call while it initialises: the same for every request. */
  readonly initial: ReadonlyMap<number, unknown>
}

/** Opens sandboxes outside of this thread. */
export interface SandboxSite {
  /** For messages. */
  readonly name: string
  /** @throws {MayflyError} the reason why the component does not load there */
  open(request: SiteRequest): Promise<AgentSandbox>
  /** Ends all of it, once every sandbox was released. */
  close(): Promise<void>
}
