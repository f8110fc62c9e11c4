/**
 * The invocations of one agent: begins them, runs them in the sandbox, settles them, and knows which are under
 * way.
 *
 * @module
 */
import type { AgentShared } from './agent-shared.ts'
import type { Binding, GrantedCapability } from './bind-imports.ts'
import { InvocationHost } from './dispatch.ts'
import { Invocation } from './invocation.ts'
import type { InvocationOptions } from './invocation-options.ts'
import type { AttenuatedGrants } from './attenuated-grants.ts'
import type { Outcome, Runs } from '../serve/index.ts'
import { AgentPlaces, type AgentPlaceUse } from './agent-places.ts'
import type { AgentStats } from './stats.ts'
import type { TenantPlaces } from './tenant-places.ts'
import type { AgentSandbox } from './agent-sandbox.ts'
import type { AbortSource } from '../host-module/index.ts'
import type { Digest } from '../digest/index.ts'
import { MayflyError, releaseFrames } from '../errors/index.ts'
import type { Manifest } from '../manifest/index.ts'
import type { Budget } from '../meter/index.ts'
import type { WebOrigin } from '../policy/index.ts'

/** Options of an embedder for one request or call. */
export interface FetchOptions {
  /**
   * The request id, for logs and audit, which find the request by it: no other may have it. Sent back as
   * `x-request-id`.
   *
   * @default a random UUID
   */
  id?: string
  /**
   * When the request began to arrive, on the clock of `performance.now()`: its deadline counts from then.
   *
   * @default now
   */
  startedAt?: number
  /**
   * Aborting it stops the guest: the client went away.
   *
   * @default the `signal` of the request
   */
  signal?: AbortSource
  /**
   * The caller, for the audit log: `http`, or `agent:` and the name of an agent.
   *
   * @default 'embedder'
   */
  caller?: string
  /**
   * The part of a web origin that the agent has: fields that reach beyond it are left out of the answer.
   *
   * @default all of it, and every field is sent
   */
  origin?: WebOrigin
  /**
   * The budget of the caller, when it is an agent: this invocation spends from it as well.
   *
   * @default none
   */
  budget?: Budget
}

/** For an invocation that another agent begins. */
export type CalleeOptions = Partial<Pick<InvocationOptions<Invocation>, 'blobs' | 'connectionMs'>>

export interface AgentRunsParts {
  readonly name: string
  readonly digest: Digest
  readonly limits: Manifest['limits']
  readonly sandbox: AgentSandbox
  readonly bindings: readonly Binding[]
  readonly capabilities: readonly GrantedCapability[]
  readonly shared: AgentShared
  /** The places of its tenant, where that has a bound. */
  readonly tenant: TenantPlaces | undefined
}

export class AgentRuns implements Runs<Invocation> {
  readonly name: string
  readonly limits: Manifest['limits']
  readonly leftOut: Set<string> = new Set()
  readonly #parts: AgentRunsParts
  readonly #places: AgentPlaces
  readonly #active = new Set<Invocation>()
  #invocations = 0
  #failures = 0
  #abandoned = 0
  #closed: 'unloaded' | 'disabled' | undefined
  #idle: (() => void) | undefined

  constructor(parts: AgentRunsParts) {
    const { name, limits, tenant } = parts
    this.#parts = parts
    this.name = name
    this.limits = limits
    this.#places = new AgentPlaces(name, limits.concurrency, tenant)
  }

  get counts(): AgentPlaceUse &
    Pick<AgentStats, 'invocations' | 'failures' | 'abandoned' | 'active'> {
    return {
      ...this.#places.use,
      invocations: this.#invocations,
      failures: this.#failures,
      abandoned: this.#abandoned,
      active: this.#active.size,
    }
  }

  /**
   * The latest deadline of all invocations under way, on the clock of `performance.now()`; 0 when there is none. A
   * request that has not arrived in full does not count yet: its rest may never arrive. Nor does the time that a streamed
   * answer may go on beyond the deadline of its request.
   */
  get busyUntil(): number {
    let latest = 0
    for (const { busyUntil, isArriving } of this.#active)
      if (!isArriving) latest = Math.max(latest, busyUntil)
    return latest
  }

  /** For the host or an embedder. `client` reports that the client leaves. */
  begin(
    { id, startedAt = performance.now(), signal, caller = 'embedder', budget }: FetchOptions,
    client: AbortSource | undefined = signal,
  ): Invocation {
    const { limits } = this
    const invocation = new Invocation(
      {
        agent: this.name,
        digest: this.#parts.digest,
        id,
        startedAt,
        deadlineAt: startedAt + limits.deadlineMs,
        connectionMs: limits.connectionMs,
        fuel: limits.fuel ?? Infinity,
        budgets: limits,
        caller,
        callerBudget: budget,
        shared: this.#parts.shared,
        parent: undefined,
        granted: undefined,
        blobs: undefined,
      },
      client,
    )
    return this.#add(invocation)
  }

  /** For another agent: in its time and from its budgets. */
  beginFor(
    caller: Invocation,
    { capabilities }: AttenuatedGrants,
    { blobs, connectionMs }: CalleeOptions = {},
  ): Invocation {
    const { limits } = this
    const now = performance.now()
    const invocation = new Invocation({
      agent: this.name,
      digest: this.#parts.digest,
      id: `${caller.id}.${caller.callees.nextNumber()}`,
      startedAt: now,
      deadlineAt: Math.min(now + limits.deadlineMs, caller.deadlineAt),
      fuel: Math.min(limits.fuel ?? Infinity, caller.fuelLeft),
      budgets: limits,
      caller: `agent:${caller.agent}`,
      callerBudget: caller.budget,
      shared: this.#parts.shared,
      parent: caller,
      granted: capabilities,
      blobs,
      ...(connectionMs === undefined ? {} : { connectionMs }),
    })
    caller.callees.began(invocation)
    invocation.defer(() => caller.calleeEnded(invocation))
    return this.#add(invocation)
  }

  /**
   * Calls the export `name`. Returns a promise only when there is something to wait for: most calls of small
   * agents return at once.
   *
   * @throws the error of the call, or the reason why nothing may run
   */
  run(invocation: Invocation, name: string, args: readonly unknown[]): unknown {
    this.#admit()
    const value = this.#places.take(invocation)
      ? this.#start(invocation, name, args)
      : this.#startLater(invocation, name, args)
    if (value instanceof Promise) invocation.watchClient()
    return value
  }

  /** It has its places. */
  #start(invocation: Invocation, name: string, args: readonly unknown[]): unknown {
    const { bindings, capabilities, sandbox } = this.#parts
    const host = new InvocationHost(bindings, invocation.granted ?? capabilities, invocation)
    return sandbox.run(invocation, host, name, args)
  }

  async #startLater(
    invocation: Invocation,
    name: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    invocation.watchDeadline()
    await this.#places.wait(invocation)
    // A replaced version ends the requests it has accepted; a disabled version begins none.
    if (this.#closed === 'disabled') this.#admit()
    return this.#start(invocation, name, args)
  }

  settle(invocation: Invocation, outcome: Outcome): void {
    const { digest } = this.#parts
    const { trail, onInvocation } = this.#parts.shared
    invocation.outcome = outcome
    // It may be kept for long.
    if (outcome.state !== 'completed') releaseFrames(outcome.error)
    invocation.end()
    this.#active.delete(invocation)
    this.#places.give(invocation)
    // A client that leaves says nothing about the agent.
    if (outcome.state === 'abandoned') this.#abandoned++
    else if (outcome.state !== 'completed') this.#failures++
    if (trail !== undefined || onInvocation !== undefined) {
      const durationMs = performance.now() - invocation.startedAt
      trail?.ended(invocation, outcome, durationMs)
      onInvocation?.({
        id: invocation.id,
        agent: this.name,
        digest,
        outcome,
        durationMs,
        fuel: invocation.fuelUsed,
        events: invocation.events,
      })
    }
    if (this.#active.size === 0) this.#idle?.()
  }

  /** Stops every invocation under way. Returns how many. */
  kill(reason: string): number {
    const error = new MayflyError('ERR_GUEST_KILLED', `Stopped agent "${this.name}": ${reason}`)
    // Invocations that were stopped before were counted then.
    const running = [...this.#active].filter((invocation) => invocation.stop === undefined)
    for (const invocation of running) invocation.halt(error)
    return running.length
  }

  get disabled(): boolean {
    return this.#closed === 'disabled'
  }

  /** Refuses new invocations, or takes them again. Those under way are left to end. */
  disable(disabled: boolean): void {
    if (this.#closed !== 'unloaded') this.#closed = disabled ? 'disabled' : undefined
  }

  /** Refuses new invocations for good. Resolves when none is under way, and says whether that was new. */
  async close(): Promise<boolean> {
    if (this.#closed === 'unloaded') return false
    this.#closed = 'unloaded'
    if (this.#active.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    return true
  }

  #add(invocation: Invocation): Invocation {
    this.#active.add(invocation)
    this.#invocations++
    return invocation
  }

  /** @throws {MayflyError} why nothing may run now */
  #admit(): void {
    if (this.#closed !== undefined) {
      throw new MayflyError(
        'ERR_RUNTIME_CLOSED',
        `Cannot call agent "${this.name}": ${this.#closed}`,
      )
    }
    const blocked = this.#parts.shared.trail?.blocked
    if (blocked === undefined) return
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot call agent "${this.name}": it could not be recorded, ${blocked}`,
      { hint: 'Make room for the audit log, or serve without --audit required' },
    )
  }
}
