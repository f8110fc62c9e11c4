/**
 * A loaded agent: a component with its image, its grants and its limits.
 *
 * `fetch` never rejects for a fault of the guest: every ending has a status. `call`, for embedders, throws.
 *
 * @module
 */
import type { Agent, CallOptions } from './agent-interface.ts'
import type { TenantPlaces } from './tenant-places.ts'
import { AgentRuns, type FetchOptions } from './agent-runs.ts'
import type { AgentShared } from './agent-shared.ts'
import type { Binding, GrantedCapability } from './bind-imports.ts'
import { callForAgent, type FunctionCallee } from './call-for-agent.ts'
import { describeFunctions, type FunctionDescription } from './json-functions.ts'
import type { Invocation } from './invocation.ts'
import { attenuateAgain, takesNothing, type AttenuatedGrants } from './attenuated-grants.ts'
import type { AgentSandbox } from './agent-sandbox.ts'
import { useOf, type AgentStats } from './stats.ts'
import type { FunctionType } from '../abi/index.ts'
import type {
  ForwardedRequest,
  ForwardOutcome,
  LinkMessage,
  LinkOutcome,
  Shared,
  WebRequest,
} from '../host-module/index.ts'
import type { Digest } from '../digest/index.ts'
import { indexExports, type LinkPlan } from '../link/index.ts'
import { policyHash, type Capabilities, type Manifest } from '../manifest/index.ts'
import { attenuateCapabilities, parseAttenuation, type Attenuation } from '../policy/index.ts'
import {
  callExport,
  callExportFor,
  forward,
  runProgram,
  stopWith,
  toWebResponse,
  type Answer,
  type Handler,
  type ProgramOutcome,
  type RunOptions,
} from '../serve/index.ts'

/** The parts that the runtime gives an agent. */
export interface AgentParts {
  readonly manifest: Manifest
  readonly digest: Digest
  readonly sandbox: AgentSandbox
  readonly bindings: readonly Binding[]
  readonly exports: LinkPlan['exports']
  /** The functions that it declares in its code. */
  readonly declared: readonly FunctionDescription[]
  readonly capabilities: readonly GrantedCapability[]
  /** How requests reach the component. */
  readonly handler: Handler
  readonly shared: AgentShared
  readonly tenant: TenantPlaces | undefined
  /** The connections that its capabilities use. */
  readonly sockets: ReadonlySet<Shared>
  readonly onUnload: (agent: LoadedAgent) => void
  /** Configures the capabilities again, for the grants that are left under a caller. */
  readonly configure: (capabilities: Capabilities) => Promise<readonly GrantedCapability[]>
}

/** The agent behind the interface, with members for the runtime and hosts that embedders do not need. */
export class LoadedAgent implements Agent {
  readonly name: string
  readonly digest: Digest
  readonly #parts: AgentParts
  readonly #runs: AgentRuns
  #manifest: Manifest
  /** For callers that leave it less than all. */
  readonly #attenuated = new Set<AttenuatedGrants>()
  #functions: readonly FunctionDescription[] | undefined

  constructor(parts: AgentParts) {
    const { name, limits } = parts.manifest
    this.#parts = parts
    this.#runs = new AgentRuns({ ...parts, name, limits })
    this.name = name
    this.#manifest = parts.manifest
    this.digest = parts.digest
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  fetch(request: WebRequest, options: FetchOptions = {}): Promise<Response> {
    return Promise.resolve(this.respond(request, options))
  }

  respond(request: WebRequest, options: FetchOptions = {}): Response | Promise<Response> {
    const answer = this.reply(request, options)
    return answer instanceof Promise ? answer.then(toWebResponse) : toWebResponse(answer)
  }

  reply(request: WebRequest, options: FetchOptions = {}): Answer | Promise<Answer> {
    const { handler } = this.#parts
    const invocation = this.#runs.begin(options, options.signal ?? request.signal)
    return handler.respond(this.#runs, invocation, request, options.origin)
  }

  call(name: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    // Not async: most calls are over by now, and need no frame that could wait.
    try {
      return Promise.resolve(callExport(this.#runs, this.#runs.begin(options), name, args))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async run(options: RunOptions = {}): Promise<ProgramOutcome> {
    return runProgram(this.#runs, this.#runs.begin(options), options)
  }

  /**
   * Answers a `POST` of JSON from another agent, in the caller's time and from its budgets; synchronously if possible.
   * Never throws or rejects for a fault of this agent.
   */
  answer(
    caller: Invocation,
    grants: AttenuatedGrants,
    message: LinkMessage,
  ): LinkOutcome | Promise<LinkOutcome> {
    const { requestBodyBytes } = this.manifest.limits
    if (message.body.byteLength > requestBodyBytes) {
      return { state: 'malformed', hint: 'Raise limits.requestBodyBytes of the tool' }
    }
    if (message.functionName !== undefined)
      return this.#callFunction(caller, grants, message, message.functionName)
    const invocation = this.#runs.beginFor(caller, grants, { blobs: message.blobs })
    return this.#parts.handler.post(this.#runs, invocation, caller, message)
  }

  #callFunction(
    caller: Invocation,
    grants: AttenuatedGrants,
    { body, blobs, onWait }: LinkMessage,
    functionName: string,
  ): Promise<LinkOutcome> {
    let invocation: Invocation | undefined
    const callee: FunctionCallee = {
      name: this.name,
      responseBodyBytes: this.manifest.limits.responseBodyBytes,
      functions: () => this.functions(),
      exportType: (name) => this.exportType(name),
      call: async (name, args) => {
        const begun = this.#runs.beginFor(caller, grants, { blobs })
        invocation = begun
        const value = callExport(this.#runs, begun, name, args)
        if (value instanceof Promise) onWait?.(stopWith(caller, begun))
        return value
      },
      outcomeOf: (error) => invocation?.outcomeOf(error),
    }
    return callForAgent(callee, functionName, { body })
  }

  /**
   * Answers a request that another agent hands on, in the caller's time and from its budgets. Its answer may stream for
   * as long as `limits.connectionMs` says, and the caller lasts.
   */
  forwardFrom(
    caller: Invocation,
    grants: AttenuatedGrants,
    request: ForwardedRequest,
  ): Promise<ForwardOutcome> {
    const { connectionMs } = this.manifest.limits
    const invocation = this.#runs.beginFor(caller, grants, { connectionMs })
    return forward(this.#parts.handler, this.#runs, { invocation, caller }, request)
  }

  /**
   * Calls an exported function for another agent, in its time and from its budgets.
   *
   * @throws as `call` does
   */
  callFrom(
    caller: Invocation,
    grants: AttenuatedGrants,
    name: string,
    args: readonly unknown[],
  ): unknown {
    const invocation = this.#runs.beginFor(caller, grants)
    return callExportFor(caller, this.#runs, invocation, name, args)
  }

  /**
   * Returns the grants of this agent for a call under `attenuation`.
   *
   * @throws {MayflyError} ERR_CAPABILITY_DENIED, ERR_VALUE_MISMATCH when `attenuation` does not take grants away
   */
  async grantsUnder(attenuation: Attenuation): Promise<AttenuatedGrants> {
    const { configure, capabilities } = this.#parts
    if (takesNothing(attenuation)) return { capabilities, attenuation }
    const left = attenuateCapabilities(this.manifest.capabilities, attenuation)
    const grants = { capabilities: await configure(left), attenuation }
    this.#attenuated.add(grants)
    // They may have shrunk meanwhile.
    attenuateAgain(grants, this.manifest.capabilities)
    return grants
  }

  exportType(name: string): FunctionType | undefined {
    return indexExports(this.#parts.exports).functions.get(name)?.type
  }

  functions(): readonly FunctionDescription[] {
    // Kept: exports and descriptions never change, and every call over HTTP looks its name up here.
    this.#functions ??= describeFunctions(this.#parts.exports, {
      descriptions: this.#manifest.descriptions,
      declared: this.#parts.declared,
    })
    return this.#functions
  }

  tools(): readonly FunctionDescription[] {
    return this.functions()
  }

  get busyUntil(): number {
    return this.#runs.busyUntil
  }

  stats(): AgentStats {
    const { sandbox, sockets, shared } = this.#parts
    return {
      ...this.#runs.counts,
      ...sandbox.stats(),
      sockets: useOf(sockets, this.name),
      bodies: shared.bodies.use(this.name),
    }
  }

  kill(reason = 'killed by the operator'): number {
    return this.#runs.kill(reason)
  }

  get disabled(): boolean {
    return this.#runs.disabled
  }

  disable(disabled = true): void {
    this.#runs.disable(disabled)
  }

  async attenuate(attenuation: Partial<Attenuation>): Promise<void> {
    const left = attenuateCapabilities(this.#manifest.capabilities, parseAttenuation(attenuation))
    this.replaceGrants(left, undefined)
    const policy = await policyHash(this.#manifest)
    // Otherwise they were attenuated again meanwhile, and that call names the remaining grants.
    if (this.#manifest.capabilities === left) this.#parts.shared.trail?.attenuated(policy)
  }

  /**
   * Leaves the agent only the grants in `capabilities`, from its next use of a capability on, also in invocations under
   * way. It does not check that they are fewer than before: the caller has done that.
   *
   * @param policy - hash of the remaining grants; `undefined` while it is being computed
   */
  replaceGrants(capabilities: Capabilities, policy: Digest | undefined): void {
    this.#manifest = { ...this.#manifest, capabilities }
    const grants: Readonly<Record<string, unknown>> = { ...capabilities }
    for (const { capability, configured } of this.#parts.capabilities)
      configured.attenuate?.(grants[capability.name])
    for (const each of this.#attenuated) attenuateAgain(each, capabilities)
    const { trail } = this.#parts.shared
    if (trail !== undefined) trail.policy = policy
  }

  async unload(): Promise<void> {
    if (!(await this.#runs.close())) return
    this.#parts.sandbox.release()
    const narrowed = [...this.#attenuated].flatMap(({ capabilities }) => capabilities)
    for (const { configured } of [...this.#parts.capabilities, ...narrowed])
      await configured[Symbol.asyncDispose]()
    this.#parts.onUnload(this)
  }
}
