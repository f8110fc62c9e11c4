/**
 * Loads agents: decides about their grants, makes their sandboxes, and keeps resources that they share.
 *
 * Longer than other files: the whole way of loading is in one place, from bytes to agent.
 *
 * @module
 */
import { decodeComponent, readSnapshot, WASM_PAGE_BYTES } from '../binary/index.ts'
import type { AuditSink } from '../audit/index.ts'
import type { AgentLinks, HostModule, Shared } from '../host-module/index.ts'
import { digestOf, type Digest } from '../digest/index.ts'
import { MayflyError } from '../errors/index.ts'
import { makePlan, resolveImports, type ImportSource, type LinkPlan } from '../link/index.ts'
import { manifestFromObject, policyHash, type Manifest } from '../manifest/index.ts'
import { FairShare } from '../meter/index.ts'
import { countInMemory, type CountUse } from '../policy/index.ts'
import { handlerFor } from '../serve/index.ts'
import { admit, admitStacks } from './admit.ts'
import { AgentDirectory, agentLinks } from './agent-links.ts'
import type { Agent } from './agent-interface.ts'
import { LoadedAgent } from './agent.ts'
import type { RuntimeShared } from './agent-shared.ts'
import { AuditTrail } from './audit-trail.ts'
import { bindImports, optionalImports, type GrantedCapability } from './bind-imports.ts'
import { checkLinked } from './check-linked.ts'
import { examine, explainRefusal } from './examine.ts'
import { typeCheck, type HostTypes } from './host-types.ts'
import { initialDispatch, type Dispatch } from './dispatch.ts'
import type { PlaceUse } from './places.ts'
import type { AdoptOptions, PreparedAgent, PreparedParts } from './prepared-agent.ts'
import { ResetChoice } from './reset-choice.ts'
import { releaseShape } from './release-shape.ts'
import { requireBrief } from './repeated-initialisation.ts'
import type { LoadOptions, RuntimeOptions } from './runtime-options.ts'
import type { SandboxSource, Turns } from './sandbox-parts.ts'
import { Sandbox } from './sandbox.ts'
import { suspending } from './suspending.ts'
import { useOf, type RuntimeStats } from './stats.ts'
import { TurnLine, type TurnStats } from './turn-line.ts'
import { PageStore, ShapeStore, SlotPool, type Shape, type Slot } from '../stamp/index.ts'

// Size of one response to an agent: no agent is refused that, however much others hold.
const MIN_BODY_BYTES = 8 * 1_048_576

/** The parts that a component is linked from. */
interface Linkable extends Pick<PreparedParts, 'plan' | 'optional' | 'digest'> {
  readonly manifest: Manifest
  readonly imports: ImportSource
  readonly countUse: CountUse | undefined
  readonly compile: (suspending: ReadonlySet<number>) => Promise<LoadedCode>
}

/** Its code, and the data that initialises it. */
interface LoadedCode extends SandboxSource {
  readonly shape: Shape
  /** Initial size of its memories. */
  readonly memoryBytes: number
}

interface Linked extends Pick<PreparedParts, 'plan' | 'optional'> {
  readonly agent: Agent
  readonly sandbox: Sandbox
  readonly code: LoadedCode
}

export class Runtime {
  readonly #capabilities: readonly HostModule[]
  readonly #types: HostTypes | undefined
  readonly #audit: AuditSink | undefined
  readonly #options: Pick<RuntimeOptions, 'running' | 'initialisationMs' | 'onFault' | 'features'>
  readonly #agents = new Set<LoadedAgent>()
  readonly #directory = new AgentDirectory()
  readonly #pages = new PageStore()
  readonly #shapes: ShapeStore
  readonly #pool: SlotPool<Slot>
  readonly #line: TurnLine
  readonly #turns: (agent: string) => Turns
  readonly #shared: RuntimeShared
  readonly #sockets: ReadonlySet<Shared>
  #closed = false

  constructor(options: RuntimeOptions) {
    const { capabilities, types, onInvocation, audit, pool, codeStore, poll, running } = options
    const { line, turns = 'fair' } = options
    const { maxBytes = 536_870_912, maxBytesByAgent = 134_217_728 } = options.bodies ?? {}
    this.#options = options
    this.#line = new TurnLine(line, pool?.maxBytes)
    this.#turns = typeof turns === 'function' ? turns : () => turns
    this.#audit = audit
    this.#shapes = new ShapeStore(codeStore)
    this.#pool = new SlotPool(pool)
    const bodies = new FairShare({
      max: maxBytes,
      maxByAgent: maxBytesByAgent,
      floor: Math.min(MIN_BODY_BYTES, maxBytesByAgent),
      maxWaitingByAgent: 0,
    })
    this.#shared = { onInvocation, poll, running, bodies }
    this.#sockets = new Set(capabilities.flatMap(({ sockets }) => sockets ?? []))
    this.#capabilities = capabilities
    this.#types = types
  }

  /** How guests that compute for long share the thread. */
  get turns(): TurnStats {
    return this.#line.stats()
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
  async load({ component, manifest, imports = {}, countUse }: LoadOptions): Promise<Agent> {
    return (await this.#read(component, manifest, imports, countUse)).agent
  }

  /**
   * Does the work of loading an agent, for runtimes on other threads of this process to adopt. It is initialised
   * once: where each slot must do that for itself, it must be brief.
   *
   * @throws {MayflyError} as `load` does, and ERR_LIMIT_EXCEEDED
   */
  async prepare({
    component,
    manifest,
  }: Pick<LoadOptions, 'component' | 'manifest'>): Promise<PreparedAgent> {
    const { agent, sandbox, plan, optional, code } = await this.#read(component, manifest, {})
    const { shape, memoryBytes } = code
    try {
      requireBrief(sandbox, agent.name)
      const prepared: PreparedParts = {
        digest: agent.digest,
        interfaces: interfacesOf(plan, optional),
        plan,
        optional,
        memoryBytes,
        code: this.#shapes.codeOf(shape),
        unmarked: shape.options.marks ? await this.#shapes.prepareUnmarked(shape) : undefined,
        initial: sandbox.initialState,
      }
      return prepared
    } finally {
      await agent.unload()
    }
  }

  /**
   * Loads an agent that another runtime has prepared.
   *
   * @throws {MayflyError} as `load` does
   */
  async adopt({ prepared, manifest, countUse }: AdoptOptions): Promise<Agent> {
    // The cast: nothing else makes one.
    const parts = prepared as PreparedParts
    const { plan, optional, digest, code, unmarked, initial, memoryBytes } = parts
    const { agent } = await this.#link({
      manifest: manifestFromObject(manifest),
      plan,
      optional,
      digest,
      imports: {},
      countUse,
      compile: async (suspending) => ({
        shape: await this.#shapes.adopt(code, plan, suspending, unmarked && always(unmarked)),
        memoryBytes,
        data: initial.state === 'code' ? initial.data : [],
        known: initial,
      }),
    })
    return agent
  }

  async #read(
    component: Uint8Array,
    manifest: LoadOptions['manifest'],
    imports: ImportSource,
    countUse?: CountUse,
  ): Promise<Linked> {
    this.#requireOpen()
    const parsed = manifestFromObject(manifest)
    const plan = makePlan(decodeComponent(component), component)
    return this.#link({
      manifest: parsed,
      plan,
      optional: optionalImports(component, plan.customSections),
      digest: await digestOf(component),
      imports,
      countUse,
      compile: (suspending) => this.#compile(component, plan, parsed, suspending),
    })
  }

  async #link({
    manifest,
    plan,
    optional,
    digest,
    imports,
    countUse = countInMemory(),
    compile,
  }: Linkable): Promise<Linked> {
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
    const code = await compile(suspending(bindings, capabilities))
    const initial = initialDispatch(bindings, capabilities, plan.imports)
    const sandbox = this.#makeSandbox(manifest, code, initial)
    const agent = new LoadedAgent({
      manifest,
      digest,
      sandbox,
      bindings,
      exports: plan.exports,
      capabilities,
      handler: handlerFor(
        plan.exports.map(({ name }) => name),
        capabilities.flatMap(({ capability }) => capability.serves ?? []),
      ),
      shared: { ...this.#shared, trail: await this.#trailOf(manifest, digest) },
      sockets: this.#sockets,
      onUnload: (unloaded) => {
        this.#agents.delete(unloaded)
        this.#directory.delete(unloaded)
      },
      configure: (left) => this.#configure({ ...manifest, capabilities: left }, countUse, links),
    })
    this.#agents.add(agent)
    this.#directory.add(agent)
    return { agent, sandbox, plan, optional, code }
  }

  /** The use of shared resources by all agents together. */
  stats(): RuntimeStats {
    const agents = this.agents.map((agent) => agent.stats())
    const sum = (of: 'invocations' | 'failures' | 'active' | keyof PlaceUse): number =>
      agents.reduce((total, stats) => total + stats[of], 0)
    const { slots: alive, bytes, waiting, refused } = this.#pool
    return {
      agents: agents.length,
      invocations: sum('invocations'),
      failures: sum('failures'),
      active: sum('active'),
      running: sum('running'),
      queued: sum('queued'),
      refused: sum('refused'),
      slots: { alive, bytes, waiting, refused },
      sockets: useOf(this.#sockets),
      bodies: this.#shared.bodies.use(),
    }
  }

  /** Unloads every agent, after the invocations under way. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.agents.map((agent) => agent.unload()))
    this.#pool.close()
  }

  async #trailOf(manifest: Manifest, component: Digest): Promise<AuditTrail | undefined> {
    const sink = this.#audit
    if (sink === undefined) return undefined
    const { name: agent } = manifest
    const policy = await policyHash(manifest)
    sink.append({ kind: 'deploy', agent, component, policy, outcome: 'completed' })
    return new AuditTrail({ sink, agent, component }, policy)
  }

  async #compile(
    component: Uint8Array,
    plan: LinkPlan,
    manifest: Manifest,
    suspending: ReadonlySet<number>,
  ): Promise<LoadedCode> {
    const { name, limits } = manifest
    const modules = plan.modules.map(({ start, end }) => component.subarray(start, end))
    const declared = await examine(modules, manifest, this.#options.features ?? [])
    const maxMemoryPages = Math.floor(limits.memoryBytes / WASM_PAGE_BYTES)
    const maxBytes = maxMemoryPages * WASM_PAGE_BYTES
    const begins = admit(name, plan, declared, maxBytes)
    const { memoryBytes } = begins
    const acquired = this.#shapes.acquire(component, plan, suspending, {
      marks: choiceFor(limits, memoryBytes).reset === 'pages',
      fuel: limits.metering === 'fuel',
      undoGrowth: true,
      maxMemoryPages,
    })
    // Its instructions are looked at only now, unless its code is known.
    const shape = await acquired.catch((error: unknown) => {
      throw explainRefusal(error, manifest)
    })
    try {
      admitStacks(name, begins, shape, maxBytes)
    } catch (error) {
      releaseShape(shape, this.#shapes, this.#pool)
      throw error
    }
    return { shape, memoryBytes, data: modules.map(readSnapshot), known: undefined }
  }

  #makeSandbox(
    { name, limits }: Manifest,
    { shape, memoryBytes, data, known }: LoadedCode,
    initial: Dispatch,
  ): Sandbox {
    const { running, initialisationMs, onFault } = this.#options
    try {
      return new Sandbox({
        agent: name,
        limits,
        choice: choiceFor(limits, memoryBytes),
        shape,
        initial,
        data,
        known,
        pool: this.#pool,
        store: this.#pages,
        shapes: this.#shapes,
        line: this.#line,
        turns: this.#turns(name),
        running,
        initialisationMs,
        onFault,
      })
    } catch (error) {
      releaseShape(shape, this.#shapes, this.#pool)
      throw error
    }
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

/** Those that the component calls: one that it says it may never call is none. */
function interfacesOf({ imports }: LinkPlan, optional: ReadonlySet<string>): string[] {
  const used = imports.filter((each) => each.used && !optional.has(each.interface))
  return [...new Set(used.map((each) => each.interface.replace(/@.*$/, '') || each.name))].sort()
}

function choiceFor({ reset, metering }: Manifest['limits'], memoryBytes: number): ResetChoice {
  return new ResetChoice(reset, memoryBytes, metering === 'fuel')
}

/** A separate function, because a closure would keep the scope that it is made in. */
function always<Value>(value: Value): () => Promise<Value> {
  return () => Promise.resolve(value)
}
