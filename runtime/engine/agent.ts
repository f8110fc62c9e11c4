/**
 * A loaded agent: a component with its image, its grants and its limits.
 *
 * `fetch` never rejects for what a guest does: every ending has a status. `call`, for embedders, throws.
 *
 * @module
 */
import type { Binding, GrantedCapability } from './bind-imports.ts'
import { makeDispatch } from './dispatch.ts'
import type { FunctionType } from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { indexExports, type LinkPlan } from '../link/index.ts'
import type { Capabilities, Manifest } from '../manifest/index.ts'
import type { Budget } from '../meter/index.ts'
import { narrowCapabilities, type Narrowing } from '../policy/index.ts'
import {
  answerCall,
  answerRecord,
  answerRequest,
  guestFailure,
  HANDLER,
  type Callee,
} from './answer-agent.ts'
import type { AuditTrail } from './audit-trail.ts'
import { Invocation } from './invocation.ts'
import { narrowAgain, takesNothing, type NarrowedGrants } from './narrowed-grants.ts'
import type { Outcome } from './outcome.ts'
import { refusal } from './refusal.ts'
import { ResponseBody } from './response-body.ts'
import { runProgram, type ProgramOutcome, type RunOptions } from './run-program.ts'
import type { Sandbox, SandboxStats } from './sandbox.ts'
import { serveExchange } from './serve-exchange.ts'
import {
  bodyTooLarge,
  toRequestRecord,
  toResponse,
  type RequestRecord,
  type ResponseRecord,
} from './web-bridge.ts'
import type {
  AbortSource,
  CapabilityEvent,
  LinkMessage,
  LinkOutcome,
  RequestHandler,
  WebRequest,
} from '../capability/index.ts'

/** What is known of an invocation after it has ended. */
export interface InvocationRecord {
  readonly id: string
  readonly agent: string
  /** Of the component, `sha256:…`. */
  readonly digest: string
  readonly outcome: Outcome
  readonly durationMs: number
  /** 0 when the agent is not metered by fuel. */
  readonly fuel: number
  readonly events: readonly CapabilityEvent[]
}

export interface FetchOptions {
  /**
   * The request id, for logs and audit. Sent back as `x-request-id`.
   *
   * @default a random UUID
   */
  id?: string
  /** Aborting it stops the guest: the client went away. */
  signal?: AbortSource
  /**
   * Who asks, for the audit log: `http`, or `agent:` and the name of one.
   *
   * @default 'embedder'
   */
  caller?: string
  /**
   * What the caller may spend, when it is an agent: this invocation spends from it as well.
   *
   * @default none
   */
  budget?: Budget
}

export type CallOptions = FetchOptions

export interface AgentStats extends SandboxStats {
  readonly invocations: number
  /** Invocations that did not complete. */
  readonly failures: number
  /** Invocations under way. */
  readonly active: number
}

/** What the runtime gives an agent. */
export interface AgentParts {
  readonly manifest: Manifest
  readonly digest: string
  readonly sandbox: Sandbox
  readonly bindings: readonly Binding[]
  readonly exports: LinkPlan['exports']
  readonly capabilities: readonly GrantedCapability[]
  /** How requests reach the component, when not through our own handler. */
  readonly handler: RequestHandler | undefined
  readonly onInvocation: ((record: InvocationRecord) => void) | undefined
  readonly trail: AuditTrail | undefined
  readonly poll: (() => void) | undefined
  readonly onUnload: (agent: Agent) => void
  /** Makes the capabilities anew, for what is left of them under some caller. */
  readonly configure: (capabilities: Capabilities) => Promise<readonly GrantedCapability[]>
}

/** An agent that calls this one, and what this one may do for it. */
interface Visit {
  readonly caller: Invocation
  readonly grants: NarrowedGrants
  readonly blobs?: readonly Uint8Array[] | undefined
}

export class Agent {
  readonly name: string
  readonly digest: string
  readonly #parts: AgentParts
  #manifest: Manifest
  readonly #active = new Set<Invocation>()
  readonly #streams: boolean
  readonly #onUse: ((invocation: Invocation, event: CapabilityEvent) => void) | undefined
  /** For callers that leave it less than all. */
  readonly #narrowed = new Set<NarrowedGrants>()
  /** This agent to the agents that call it. */
  readonly #callee: Callee
  #invocations = 0
  #failures = 0
  #unloaded = false
  #disabled = false
  #idle: (() => void) | undefined

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.name = parts.manifest.name
    this.#manifest = parts.manifest
    this.digest = parts.digest
    this.#callee = {
      name: parts.manifest.name,
      responseBodyBytes: parts.manifest.limits.responseBodyBytes,
      run: (invocation, name, args) => this.#run(invocation, name, args, undefined),
      settle: (invocation, outcome) => this.#settle(invocation, outcome),
      serve: (invocation, request) => this.#serve(invocation, request, undefined),
    }
    const { trail } = parts
    this.#onUse = trail && ((invocation, event) => trail.used(invocation, event))
    this.#streams = parts.bindings.some((binding) => binding.kind === 'response-body')
  }

  /** With the grants now in force. */
  get manifest(): Manifest {
    return this.#manifest
  }

  /**
   * Answers a request from a fresh state.
   *
   * Resolves when the answer is complete, or, when the agent streams it, when its headers are known.
   */
  fetch(request: WebRequest, options: FetchOptions = {}): Promise<Response> {
    return this.#serve(this.#begin(options), request, options.signal)
  }

  #serve(
    invocation: Invocation,
    request: WebRequest,
    signal: AbortSource | undefined,
  ): Promise<Response> {
    const { handler } = this.#parts
    if (handler !== undefined) {
      return serveExchange({
        agent: this.name,
        limits: this.manifest.limits,
        invocation,
        handler,
        request,
        run: async (args) => this.#run(invocation, handler.export, args, signal),
        gone: () => clientGone(this.name),
        settle: (outcome) => this.#settle(invocation, outcome),
      })
    }
    if (!this.#streams) return this.#respond(invocation, request, signal)
    return new Promise((resolve) => {
      invocation.responseBody = new ResponseBody(
        { id: invocation.id, isHead: request.method === 'HEAD' },
        this.manifest.limits.responseBodyBytes,
        resolve,
        () => invocation.halt(clientGone(this.name)),
      )
      resolve(this.#respond(invocation, request, signal))
    })
  }

  /**
   * Calls an exported function from a fresh state: `greet`, or `acme:math/ops#add` in an interface.
   *
   * @param args - WIT values as jco maps them
   * @returns the WIT value; for a `result`, its ok arm
   * @throws {MayflyError} ERR_EXPORT_MISSING, ERR_VALUE_MISMATCH, ERR_GUEST_TRAPPED, ERR_LIMIT_EXCEEDED, …
   * @throws {ComponentError} with the error arm of a `result` as `payload`
   */
  async call(
    name: string,
    args: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<unknown> {
    const invocation = this.#begin(options)
    try {
      const running = this.#run(invocation, name, args, options.signal)
      const value = running instanceof Promise ? await running : running
      this.#settle(invocation, { state: 'completed', status: 200 })
      return value
    } catch (error) {
      this.#settle(invocation, invocation.outcomeOf(error))
      throw error
    }
  }

  /**
   * Runs the component as a program, from a fresh state, until it returns or exits.
   *
   * @throws {MayflyError} ERR_EXPORT_MISSING, ERR_GUEST_TRAPPED, ERR_LIMIT_EXCEEDED, …
   */
  async run(options: RunOptions = {}): Promise<ProgramOutcome> {
    const invocation = this.#begin(options)
    try {
      const ended = await runProgram(invocation, options, this.manifest.limits, async (name) =>
        this.#run(invocation, name, [], options.signal),
      )
      this.#settle(invocation, { state: 'completed', status: 200 })
      return ended
    } catch (error) {
      this.#settle(invocation, invocation.outcomeOf(error))
      throw error
    }
  }

  /**
   * Answers a `POST` of JSON from another agent, in its time and from its budgets; at once when that can be.
   * Never throws or rejects for what this agent does.
   */
  answer(
    caller: Invocation,
    grants: NarrowedGrants,
    message: LinkMessage,
  ): LinkOutcome | Promise<LinkOutcome> {
    const { requestBodyBytes } = this.manifest.limits
    if (message.body.byteLength > requestBodyBytes) {
      return { state: 'malformed', hint: 'Raise limits.requestBodyBytes of the tool' }
    }
    const invocation = this.#beginFor({ caller, grants, blobs: message.blobs })
    const isWhole = this.#parts.handler !== undefined || this.#streams
    const respond = isWhole ? answerRequest : answerRecord
    return respond(this.#callee, caller, invocation, message)
  }

  /**
   * Calls an exported function for another agent, in its time and from its budgets.
   *
   * @throws as `call` does
   */
  callFrom(
    caller: Invocation,
    grants: NarrowedGrants,
    name: string,
    args: readonly unknown[],
  ): unknown {
    return answerCall(this.#callee, caller, this.#beginFor({ caller, grants }), name, args)
  }

  /**
   * What this agent may do when it is called under `narrowing`.
   *
   * @throws {MayflyError} ERR_CAPABILITY_DENIED, ERR_VALUE_MISMATCH when that is not less than it may do
   */
  async grantsUnder(narrowing: Narrowing): Promise<NarrowedGrants> {
    const { configure, capabilities } = this.#parts
    if (takesNothing(narrowing)) return { capabilities, narrowing }
    const left = narrowCapabilities(this.manifest.capabilities, narrowing)
    const grants = { capabilities: await configure(left), narrowing }
    this.#narrowed.add(grants)
    // They may have shrunk meanwhile.
    narrowAgain(grants, this.manifest.capabilities)
    return grants
  }

  /** The type of an exported function, by the names that `call` takes. */
  exportType(name: string): FunctionType | undefined {
    return indexExports(this.#parts.exports).functions.get(name)?.type
  }

  stats(): AgentStats {
    return {
      invocations: this.#invocations,
      failures: this.#failures,
      active: this.#active.size,
      ...this.#parts.sandbox.stats(),
    }
  }

  /** Stops every invocation under way: running ones within a fuel slice, waiting ones at once. */
  kill(reason = 'killed by the operator'): number {
    const error = new MayflyError('ERR_GUEST_KILLED', `Stopped agent "${this.name}": ${reason}`)
    // Those that were told to stop before were counted then.
    const running = [...this.#active].filter((invocation) => invocation.stop === undefined)
    for (const invocation of running) invocation.halt(error)
    return running.length
  }

  /** Refuses new invocations, or takes them again. Those under way are left to end. */
  disable(disabled = true): void {
    this.#disabled = disabled
  }

  /**
   * Leaves the agent only what `capabilities` grants, from its next use of a capability on, also in
   * invocations under way. Whoever calls has made sure that it is no more than before.
   *
   * @param policy - hash of what is granted then
   */
  narrow(capabilities: Capabilities, policy: string): void {
    this.#manifest = { ...this.#manifest, capabilities }
    const grants: Readonly<Record<string, unknown>> = { ...capabilities }
    for (const { capability, configured } of this.#parts.capabilities)
      configured.narrow?.(grants[capability.name])
    for (const each of this.#narrowed) narrowAgain(each, capabilities)
    if (this.#parts.trail !== undefined) this.#parts.trail.policy = policy
  }

  /** Refuses new invocations, waits for those under way, then gives back what the agent holds. */
  async unload(): Promise<void> {
    if (this.#unloaded) return
    this.#unloaded = true
    if (this.#active.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    this.#parts.sandbox.release()
    const narrowed = [...this.#narrowed].flatMap(({ capabilities }) => capabilities)
    for (const { configured } of [...this.#parts.capabilities, ...narrowed])
      await configured[Symbol.asyncDispose]()
    this.#parts.onUnload(this)
  }

  #begin({ id = crypto.randomUUID(), caller = 'embedder', budget }: FetchOptions): Invocation {
    const { limits } = this.#manifest
    const invocation = new Invocation({
      agent: this.name,
      id,
      deadlineAt: performance.now() + limits.deadlineMs,
      fuel: limits.fuel ?? Infinity,
      budgets: limits,
      caller,
      callerBudget: budget,
      poll: this.#parts.poll,
      onUse: this.#onUse,
    })
    this.#active.add(invocation)
    this.#invocations++
    return invocation
  }

  #beginFor({ caller, grants, blobs }: Visit): Invocation {
    const { limits } = this.#manifest
    const invocation = new Invocation({
      agent: this.name,
      id: `${caller.id}.${++caller.toolCalls}`,
      deadlineAt: Math.min(performance.now() + limits.deadlineMs, caller.deadlineAt),
      fuel: Math.min(limits.fuel ?? Infinity, caller.fuelLeft),
      budgets: limits,
      caller: `agent:${caller.agent}`,
      callerBudget: caller.budget,
      // Asked by the caller, whom this one asks.
      poll: undefined,
      onUse: this.#onUse,
      parent: caller,
      granted: grants.capabilities,
      blobs,
    })
    caller.calleeBegan(invocation)
    invocation.defer(() => caller.calleeEnded(invocation))
    this.#active.add(invocation)
    this.#invocations++
    return invocation
  }

  async #respond(
    invocation: Invocation,
    request: WebRequest,
    signal: AbortSource | undefined,
  ): Promise<Response> {
    const { requestBodyBytes } = this.manifest.limits
    let response: Response
    let outcome: Outcome
    try {
      const record = toRequestRecord(request, requestBodyBytes)
      const args: [RequestRecord] = [record instanceof Promise ? await record : record]
      const running = this.#run(invocation, HANDLER, args, signal)
      // By the type of the export, which the linker has lowered.
      const answer = (running instanceof Promise ? await running : running) as ResponseRecord
      response = this.#answer(invocation, answer, request.method === 'HEAD')
      outcome = { state: 'completed', status: response.status }
    } catch (thrown) {
      const error = guestFailure(thrown, this.name)
      outcome = invocation.outcomeOf(error)
      response = refusal(outcome, invocation.id)
      invocation.responseBody?.finish(undefined, error)
    }
    this.#settle(invocation, outcome)
    return response
  }

  #answer(invocation: Invocation, answer: ResponseRecord, isHead: boolean): Response {
    const maxBytes = this.manifest.limits.responseBodyBytes
    const streamed = invocation.responseBody
    if (streamed?.started !== true)
      return toResponse(answer, maxBytes, { id: invocation.id, isHead })
    if (streamed.sentBytes + answer.body.byteLength > maxBytes)
      throw bodyTooLarge('response-body', streamed.sentBytes + answer.body.byteLength, maxBytes)
    streamed.finish(answer.body)
    // The client has the streamed one; this one is for the record.
    return new Response(null, { status: 200 })
  }

  /** Returns a promise only when there is something to wait for: most calls of small agents return at once. */
  #run(
    invocation: Invocation,
    name: string,
    args: readonly unknown[],
    signal: AbortSource | undefined,
  ): unknown {
    this.#admit()
    const { bindings, capabilities, sandbox } = this.#parts
    const dispatch = makeDispatch(bindings, invocation.granted ?? capabilities, invocation)
    if (signal === undefined) return sandbox.run(invocation, dispatch, name, args)
    if (signal.aborted) throw clientGone(this.name)
    const abort = (): void => invocation.halt(clientGone(this.name))
    signal.addEventListener('abort', abort)
    invocation.defer(() => signal.removeEventListener('abort', abort))
    return sandbox.run(invocation, dispatch, name, args)
  }

  /** @throws {MayflyError} why nothing may run now */
  #admit(): void {
    if (this.#unloaded || this.#disabled) {
      const state = this.#unloaded ? 'unloaded' : 'disabled'
      throw new MayflyError('ERR_RUNTIME_CLOSED', `Cannot call agent "${this.name}": ${state}`)
    }
    const blocked = this.#parts.trail?.blocked
    if (blocked === undefined) return
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot call agent "${this.name}": it could not be recorded, ${blocked}`,
      { hint: 'Make room for the audit log, or serve without --audit required' },
    )
  }

  #settle(invocation: Invocation, outcome: Outcome): void {
    invocation.outcome = outcome
    invocation.end()
    this.#active.delete(invocation)
    if (outcome.state !== 'completed') this.#failures++
    this.#parts.trail?.ended(invocation, outcome)
    this.#parts.onInvocation?.({
      id: invocation.id,
      agent: this.name,
      digest: this.digest,
      outcome,
      durationMs: performance.now() - invocation.startedAt,
      fuel: invocation.fuelUsed,
      events: invocation.events,
    })
    if (this.#active.size === 0) this.#idle?.()
  }
}

function clientGone(agent: string): MayflyError {
  return new MayflyError('ERR_GUEST_KILLED', `Stopped agent "${agent}": the client went away`)
}
