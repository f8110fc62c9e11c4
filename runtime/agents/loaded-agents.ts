/**
 * The agents of one runtime: links each to its grants, and keeps what all of them share.
 *
 * It takes over agents that were prepared: how code is made of a component, it does not know. So it is all that a runtime
 * for packed agents needs.
 *
 * @module
 */
import type { AuditSink } from '../audit/index.ts'
import { BytePool } from '../bytes/index.ts'
import type { Digest } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { AgentLinks, HostModule, Shared } from '../host-module/index.ts'
import { resolveImports, type ImportSource } from '../link/index.ts'
import { policyHash, type Manifest } from '../manifest/index.ts'
import { countInMemory, type CountUse } from '../policy/index.ts'
import { handlerFor } from '../serve/index.ts'
import type { Agent } from './agent-interface.ts'
import { AgentDirectory, agentLinks } from './agent-links.ts'
import type { AgentSandbox, SandboxSite } from './agent-sandbox.ts'
import type { RuntimeShared } from './agent-shared.ts'
import { LoadedAgent } from './agent.ts'
import { AuditTrail } from './audit-trail.ts'
import { bindImports, type Binding, type GrantedCapability } from './bind-imports.ts'
import { checkEvents } from './check-events.ts'
import { checkLinked } from './check-linked.ts'
import { initialAnswers, initialDispatch } from './dispatch.ts'
import { typeCheck, type HostTypes } from './host-types.ts'
import type { PlaceUse } from './places.ts'
import type { PreparedParts } from './prepared-agent.ts'
import type { RuntimeOptions } from './runtime-options.ts'
import type { Sandbox } from './sandbox.ts'
import { Sandboxes, type LoadedCode } from './sandboxes.ts'
import { shareOfBodies } from './share-of-bodies.ts'
import { useOf, waitingOf, type RuntimeStats } from './stats.ts'
import { suspending } from './suspending.ts'
import { Tenants } from './tenant-places.ts'

/** A component that was read, or prepared before. */
export interface ReadParts extends Pick<
  PreparedParts,
  'plan' | 'optional' | 'declared' | 'digest'
> {
  readonly manifest: Manifest
}

/** The providers of its imports. */
export interface Links {
  readonly bindings: readonly Binding[]
  readonly capabilities: readonly GrantedCapability[]
}

export interface LinkOptions {
  readonly imports?: ImportSource
  readonly countUse?: CountUse | undefined
  /** Makes its sandbox. */
  readonly open: (links: Links) => Promise<AgentSandbox>
}

/** The imports, by index, that may have a guest wait. */
export function suspendingOf({ bindings, capabilities }: Links): ReadonlySet<number> {
  return suspending(bindings, capabilities)
}

export class LoadedAgents {
  readonly sandboxes: Sandboxes
  readonly #capabilities: readonly HostModule[]
  readonly #types: HostTypes | undefined
  readonly #audit: AuditSink | undefined
  readonly #agents = new Set<LoadedAgent>()
  readonly #directory = new AgentDirectory()
  /** Where guests run, when not on this thread. */
  readonly #site: SandboxSite | undefined
  readonly #tenants: Tenants
  readonly #shared: RuntimeShared
  readonly #sockets: ReadonlySet<Shared>
  #closed = false

  constructor(options: RuntimeOptions) {
    const { capabilities, types, onInvocation, audit, poll, running, site } = options
    this.#tenants = new Tenants(options.tenants)
    this.#audit = audit
    this.sandboxes = new Sandboxes(options)
    // The cast: nothing else makes one.
    this.#site = site as SandboxSite | undefined
    this.#shared = {
      onInvocation,
      poll,
      running,
      bodies: shareOfBodies(options.bodies),
      answers: new BytePool(),
    }
    this.#sockets = new Set(capabilities.flatMap(({ sockets }) => sockets ?? []))
    this.#capabilities = capabilities
    this.#types = types
  }

  /** The agents that are loaded. */
  get all(): readonly Agent[] {
    return [...this.#agents]
  }

  /**
   * Loads an agent with the sandbox that `open` makes.
   *
   * @throws {MayflyError} as `Runtime.load` does
   */
  async link(
    { manifest, plan, optional, declared, digest }: ReadParts,
    { imports = {}, countUse = countInMemory(), open }: LinkOptions,
  ): Promise<LoadedAgent> {
    this.requireOpen()
    const links = agentLinks(this.#directory, { name: manifest.name, imports: plan.imports })
    const capabilities = await this.#configure(manifest, countUse, links)
    const bindings = bindImports(plan, {
      agent: manifest.name,
      capabilities,
      embedder: resolveImports(plan, imports).callables,
      optional,
      check: this.#types && typeCheck(this.#types, plan),
    })
    checkLinked(manifest, plan, this.#directory)
    checkEvents(manifest, plan, declared)
    const sandbox = await open({ bindings, capabilities })
    const agent = new LoadedAgent({
      manifest,
      digest,
      sandbox,
      bindings,
      exports: plan.exports,
      declared,
      capabilities,
      handler: handlerFor(
        plan.exports.map(({ name }) => name),
        capabilities.flatMap(({ capability }) => capability.serves ?? []),
        {
          takesHead: sandbox.passesStreams && bindings.some(({ kind }) => kind === 'request-body'),
        },
      ),
      shared: {
        ...this.#shared,
        passesStreams: sandbox.passesStreams,
        trail: await this.#trailOf(manifest, digest),
      },
      sockets: this.#sockets,
      tenant: this.#tenants.placesOf(manifest.name),
      onUnload: (unloaded) => {
        this.#agents.delete(unloaded)
        this.#directory.delete(unloaded)
      },
      configure: (left) => this.#configure({ ...manifest, capabilities: left }, countUse, links),
    })
    this.#agents.add(agent)
    this.#directory.add(agent)
    return agent
  }

  /** Makes a sandbox on this thread. */
  make(
    { plan, manifest }: ReadParts,
    code: LoadedCode,
    { bindings, capabilities }: Links,
  ): Sandbox {
    const initial = initialDispatch(bindings, capabilities, plan.imports)
    return this.sandboxes.make(manifest, code, initial)
  }

  /** Whether guests run elsewhere. */
  get hasSite(): boolean {
    return this.#site !== undefined
  }

  /**
   * Makes a sandbox where guests run elsewhere.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE where they do not
   */
  openThere(
    { plan, manifest }: ReadParts,
    component: Uint8Array,
    { bindings, capabilities }: Links,
  ): Promise<AgentSandbox> {
    const initial = initialAnswers(bindings, capabilities, plan.imports)
    return this.#requireSite().open({ component, plan, manifest, initial })
  }

  /** The use of shared resources by all agents together. */
  stats(): RuntimeStats {
    const agents = this.all.map((agent) => agent.stats())
    const sum = (
      of: 'invocations' | 'failures' | 'abandoned' | 'active' | keyof PlaceUse,
    ): number => agents.reduce((total, stats) => total + stats[of], 0)
    const { slots: alive, bytes, waiting, refused } = this.sandboxes.slots
    return {
      agents: agents.length,
      invocations: sum('invocations'),
      failures: sum('failures'),
      abandoned: sum('abandoned'),
      active: sum('active'),
      running: sum('running'),
      queued: sum('queued'),
      refused: sum('refused'),
      slots: { alive, bytes, waiting, refused },
      waiting: this.#site === undefined ? this.sandboxes.waiting : waitingOf(this.all),
      sockets: useOf(this.#sockets),
      bodies: this.#shared.bodies.use(),
    }
  }

  /** Refuses further agents. */
  seal(): void {
    this.#closed = true
  }

  /** Unloads every agent, after the invocations under way. */
  async close(): Promise<void> {
    this.seal()
    await Promise.all(this.all.map((agent) => agent.unload()))
    this.sandboxes.close()
    await this.#site?.close()
  }

  /** @throws {MayflyError} ERR_RUNTIME_CLOSED */
  requireOpen(): void {
    if (!this.#closed) return
    throw new MayflyError('ERR_RUNTIME_CLOSED', 'Cannot load agent: the runtime is closed')
  }

  async #trailOf(manifest: Manifest, component: Digest): Promise<AuditTrail | undefined> {
    const sink = this.#audit
    if (sink === undefined) return undefined
    const { name: agent } = manifest
    const policy = await policyHash(manifest)
    sink.append({ kind: 'deploy', agent, component, policy, outcome: 'completed' })
    return new AuditTrail({ sink, agent, component }, policy)
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  #requireSite(): SandboxSite {
    if (this.#site !== undefined) return this.#site
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      'Cannot adopt agent: it was prepared for a runtime whose guests run elsewhere',
    )
  }

  #configure(
    { name, capabilities }: Manifest,
    countUse: CountUse,
    agents: AgentLinks,
  ): Promise<GrantedCapability[]> {
    return Promise.all(
      this.#capabilities.map(async (capability) => {
        const grants: Readonly<Record<string, unknown>> = { ...capabilities }
        const grant = grants[capability.name]
        return {
          capability,
          configured: await capability.configure({
            agent: name,
            grant,
            countUse,
            agents,
          }),
        }
      }),
    )
  }
}
