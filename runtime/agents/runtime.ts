/**
 * Loads agents: decides about their grants, makes their sandboxes, and keeps resources that they share.
 *
 * Longer than other files: the whole way of loading is in one place, from bytes to agent.
 *
 * @module
 */
import type { AuditSink } from '../audit/index.ts'
import { BytePool } from '../bytes/index.ts'
import type { AgentLinks, HostModule, Shared } from '../host-module/index.ts'
import { digestOf, type Digest } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import { resolveImports, type ImportSource } from '../link/index.ts'
import { manifestFromObject, policyHash, type Manifest } from '../manifest/index.ts'
import { shareOfBodies } from './share-of-bodies.ts'
import { countInMemory, type CountUse } from '../policy/index.ts'
import { handlerFor } from '../serve/index.ts'
import { AgentDirectory, agentLinks } from './agent-links.ts'
import type { Agent } from './agent-interface.ts'
import { LoadedAgent } from './agent.ts'
import type { AgentSandbox, SandboxSite } from './agent-sandbox.ts'
import type { RuntimeShared } from './agent-shared.ts'
import { AuditTrail } from './audit-trail.ts'
import {
  bindImports,
  optionalImports,
  type Binding,
  type GrantedCapability,
} from './bind-imports.ts'
import { checkEvents } from './check-events.ts'
import { declaredFunctions } from './declared-functions.ts'
import { checkLinked } from './check-linked.ts'
import type { ReadComponent } from './component-reader.ts'
import { typeCheck, type HostTypes } from './host-types.ts'
import { initialAnswers, initialDispatch } from './dispatch.ts'
import type { PlaceUse } from './places.ts'
import { interfacesOf, takesRequests } from './plan-facts.ts'
import type { AdoptOptions, PreparedAgent, PreparedParts } from './prepared-agent.ts'
import type { LoadOptions, RuntimeOptions } from './runtime-options.ts'
import { rehearseOnce } from './rehearsal.ts'
import type { Sandbox } from './sandbox.ts'
import { Sandboxes, type LoadedCode } from './sandboxes.ts'
import { suspending } from './suspending.ts'
import { useOf, waitingOf, type RuntimeStats } from './stats.ts'
import { Tenants } from './tenant-places.ts'
import type { TurnStats } from './turn-line.ts'
import { WarmUp } from './warm-up.ts'

/** A component that was read, or prepared on another thread. */
interface ReadParts extends Pick<PreparedParts, 'plan' | 'optional' | 'declared' | 'digest'> {
  readonly manifest: Manifest
}

/** A component that was read here. */
interface ReadHere extends ReadParts {
  readonly read: ReadComponent
}

/** The providers of its imports. */
interface Links {
  readonly bindings: readonly Binding[]
  readonly capabilities: readonly GrantedCapability[]
}

interface LinkOptions {
  readonly imports?: ImportSource
  readonly countUse?: CountUse | undefined
  /** Makes its sandbox. */
  readonly open: (links: Links) => Promise<AgentSandbox>
  /** Whether it may be asked soon. */
  readonly rehearsed: boolean
}

export class Runtime {
  readonly #capabilities: readonly HostModule[]
  readonly #types: HostTypes | undefined
  readonly #audit: AuditSink | undefined
  readonly #agents = new Set<LoadedAgent>()
  readonly #directory = new AgentDirectory()
  readonly #sandboxes: Sandboxes
  /** Where guests run, when not on this thread. */
  readonly #site: SandboxSite | undefined
  readonly #tenants: Tenants
  readonly #shared: RuntimeShared
  readonly #sockets: ReadonlySet<Shared>
  readonly #warmUp: WarmUp
  #closed = false

  constructor(options: RuntimeOptions) {
    const { capabilities, types, onInvocation, audit, poll, running, site } = options
    this.#tenants = new Tenants(options.tenants)
    this.#audit = audit
    this.#sandboxes = new Sandboxes(options)
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
    this.#warmUp = new WarmUp(() => Runtime.#stage(options.toWarmUp?.()), options.warmUp ?? true)
  }

  /** How guests that compute for long share the thread. */
  get turns(): TurnStats {
    return this.#sandboxes.turns
  }

  /** The agents that are loaded. */
  get agents(): readonly Agent[] {
    return [...this.#agents]
  }

  /**
   * Loads an agent.
   *
   * @throws {MayflyError} ERR_MANIFEST_INVALID, ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED,
   *   ERR_CAPABILITY_DENIED, ERR_IMPORT_UNSATISFIED, ERR_GUEST_TRAPPED when it fails to initialise
   */
  async load(options: LoadOptions): Promise<Agent> {
    return this.#load(options, true)
  }

  async #load(
    { component, manifest, imports = {}, countUse }: LoadOptions,
    rehearsed: boolean,
  ): Promise<Agent> {
    const read = await this.#read(component, manifest)
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (this.#site !== undefined) return this.#openThere(this.#site, read, component, links)
      const code = await this.#compile(read, links)
      // Functions of the embedder are called for clients alone.
      const isOwn = Object.keys(imports).length === 0
      return isOwn ? this.#makeWarm(read, code, links) : this.#make(read, code, links)
    }
    return this.#link(read, { imports, countUse, open, rehearsed })
  }

  /** Whether an agent with the code of `component` was loaded here: another one is loaded without compiling. */
  async knows(component: Uint8Array): Promise<boolean> {
    const { known } = await this.#sandboxes.read(component)
    return known !== undefined
  }

  /**
   * Does the work of loading an agent, for runtimes on other threads of this process to adopt. It is initialised
   * once: where each slot must do that for itself, it must be brief. Where guests run elsewhere, that is a trial.
   *
   * @throws {MayflyError} as `load` does, and ERR_LIMIT_EXCEEDED
   */
  async prepare({
    component,
    manifest,
  }: Pick<LoadOptions, 'component' | 'manifest'>): Promise<PreparedAgent> {
    const read = await this.#read(component, manifest)
    const { plan, optional, declared, digest } = read
    let guest: PreparedParts['guest'] = { kind: 'component', component }
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (this.#site !== undefined) return this.#openThere(this.#site, read, component, links)
      const code = await this.#compile(read, links)
      const sandbox = this.#make(read, code, links)
      try {
        guest = await this.#sandboxes.prepared(read.manifest, code, sandbox)
      } catch (error) {
        sandbox.release()
        throw error
      }
      return sandbox
    }
    const agent = await this.#link(read, { open, rehearsed: false })
    await agent.unload()
    const interfaces = interfacesOf(plan, optional)
    const prepared: PreparedParts = { digest, interfaces, plan, optional, declared, guest }
    return prepared
  }

  /**
   * Loads an agent that another runtime has prepared.
   *
   * @throws {MayflyError} as `load` does
   */
  async adopt({ prepared, manifest, countUse }: AdoptOptions): Promise<Agent> {
    // The cast: nothing else makes one.
    const { plan, optional, declared, digest, guest } = prepared as PreparedParts
    const read = { manifest: manifestFromObject(manifest), plan, optional, declared, digest }
    const open = async (links: Links): Promise<AgentSandbox> => {
      if (guest.kind === 'component')
        return this.#openThere(this.#requireSite(), read, guest.component, links)
      const { bindings, capabilities } = links
      const code = this.#sandboxes.adopt(guest, plan, suspending(bindings, capabilities))
      return this.#makeWarm(read, code, links)
    }
    return this.#link(read, { countUse, open, rehearsed: true })
  }

  /**
   * Asks the loaded agents 1,000 times, one of each code, so that clients find code that the platform has compiled for
   * speed. They are asked in sandboxes of their own, without grants, and nothing is recorded. At most a second is spent
   * on one code, and three codes are asked in a thread. Never rejects.
   */
  warmUp(): Promise<void> {
    return this.#warmUp.finish()
  }

  #rehearse(): Promise<void> {
    return rehearseOnce(() => {
      const stage = Runtime.#stage()
      return { load: (options) => stage.#load(options, false), close: () => stage.close() }
    })
  }

  /** For guests that no client asks: nothing of theirs is recorded. */
  static #stage(capabilities: readonly HostModule[] = []): Runtime {
    return new Runtime({ capabilities, warmUp: false })
  }

  async #read(component: Uint8Array, manifest: LoadOptions['manifest']): Promise<ReadHere> {
    this.#requireOpen()
    const parsed = manifestFromObject(manifest)
    const [digest, read] = await Promise.all([digestOf(component), this.#sandboxes.read(component)])
    const { plan } = read
    const optional = optionalImports(component, plan.customSections)
    const declared = declaredFunctions(component)
    return { manifest: parsed, plan, optional, declared, digest, read }
  }

  async #link(
    { manifest, plan, optional, declared, digest }: ReadParts,
    { imports = {}, countUse = countInMemory(), open, rehearsed }: LinkOptions,
  ): Promise<LoadedAgent> {
    this.#requireOpen()
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
    // Both at once: engines compile on other threads.
    const rehearsal = rehearsed && takesRequests(plan) ? this.#rehearse() : undefined
    const sandbox = await open({ bindings, capabilities })
    await rehearsal
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

  #compile({ read, manifest }: ReadHere, { bindings, capabilities }: Links): Promise<LoadedCode> {
    return this.#sandboxes.compile(read, manifest, suspending(bindings, capabilities))
  }

  #make(
    { plan, manifest }: ReadParts,
    code: LoadedCode,
    { bindings, capabilities }: Links,
  ): Sandbox {
    const initial = initialDispatch(bindings, capabilities, plan.imports)
    return this.#sandboxes.make(manifest, code, initial)
  }

  #makeWarm(read: ReadParts, code: LoadedCode, links: Links): Sandbox {
    const sandbox = this.#make(read, code, links)
    const { manifest, plan, optional, declared, digest } = read
    if (!takesRequests(plan)) return sandbox
    const prepare = (): PreparedParts => {
      const guest = this.#sandboxes.copyOf(code, sandbox)
      // Without grants it is linked to all of them, and each call of them is denied.
      const all = new Set(plan.imports.map((each) => each.interface))
      const interfaces = interfacesOf(plan, optional)
      return { digest, interfaces, plan, optional: all, declared, guest }
    }
    this.#warmUp.add({ manifest, sandbox, prepare })
    return sandbox
  }

  #openThere(
    site: SandboxSite,
    { plan, manifest }: ReadParts,
    component: Uint8Array,
    { bindings, capabilities }: Links,
  ): Promise<AgentSandbox> {
    const initial = initialAnswers(bindings, capabilities, plan.imports)
    return site.open({ component, plan, manifest, initial })
  }

  /** @throws {MayflyError} ERR_HOST_UNAVAILABLE */
  #requireSite(): SandboxSite {
    if (this.#site !== undefined) return this.#site
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      'Cannot adopt agent: it was prepared for a runtime whose guests run elsewhere',
    )
  }

  /** The use of shared resources by all agents together. */
  stats(): RuntimeStats {
    const agents = this.agents.map((agent) => agent.stats())
    const sum = (
      of: 'invocations' | 'failures' | 'abandoned' | 'active' | keyof PlaceUse,
    ): number => agents.reduce((total, stats) => total + stats[of], 0)
    const { slots: alive, bytes, waiting, refused } = this.#sandboxes.slots
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
      waiting: this.#site === undefined ? this.#sandboxes.waiting : waitingOf(this.agents),
      sockets: useOf(this.#sockets),
      bodies: this.#shared.bodies.use(),
    }
  }

  /** Unloads every agent, after the invocations under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#warmUp.close()
    await Promise.all(this.agents.map((agent) => agent.unload()))
    this.#sandboxes.close()
    await this.#site?.close()
  }

  async #trailOf(manifest: Manifest, component: Digest): Promise<AuditTrail | undefined> {
    const sink = this.#audit
    if (sink === undefined) return undefined
    const { name: agent } = manifest
    const policy = await policyHash(manifest)
    sink.append({ kind: 'deploy', agent, component, policy, outcome: 'completed' })
    return new AuditTrail({ sink, agent, component }, policy)
  }

  /** @throws {MayflyError} ERR_RUNTIME_CLOSED */
  #requireOpen(): void {
    if (!this.#closed) return
    throw new MayflyError('ERR_RUNTIME_CLOSED', 'Cannot load agent: the runtime is closed')
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
