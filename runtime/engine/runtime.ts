/**
 * Loads agents: decides what they may do, makes their sandbox, and keeps what they share.
 *
 * Longer than other files: its options are the embedder's, and loading is told in one place from bytes to agent.
 *
 * @module
 */
import { decodeComponent, readSnapshot, WASM_PAGE_BYTES, type Feature } from '../binary/index.ts'
import type { AuditSink } from '../audit/index.ts'
import type { AgentLinks, Capability, RequestHandler, Shared } from '../capability/index.ts'
import { MayflyError } from '../errors/index.ts'
import { makePlan, resolveImports, type ImportSource, type LinkPlan } from '../link/index.ts'
import { manifestFromObject, policyHash, type Manifest } from '../manifest/index.ts'
import { FairShare } from '../meter/index.ts'
import { countInMemory, type CountUse } from '../policy/index.ts'
import { admit } from './admit.ts'
import { AgentDirectory, agentLinks } from './agent-links.ts'
import { Agent } from './agent.ts'
import type { InvocationRecord } from './agent-runs.ts'
import { AuditTrail } from './audit-trail.ts'
import {
  bindImports,
  optionalImports,
  splitInterface,
  type Binding,
  type GrantedCapability,
} from './bind-imports.ts'
import { checkLinked } from './check-linked.ts'
import { examine, explainRefusal } from './examine.ts'
import { typeCheck, type HostTypes } from './host-types.ts'
import { initialDispatch, type Dispatch } from './dispatch.ts'
import { limitExceeded } from './outcome.ts'
import type { PlaceUse } from './places.ts'
import type { AdoptOptions, PreparedAgent } from './prepared-agent.ts'
import { ResetChoice } from './reset-choice.ts'
import { Sandbox, type SandboxSource, type Turns } from './sandbox.ts'
import { useOf, type RuntimeStats } from './stats.ts'
import { TurnLine, type TurnOptions, type TurnStats } from './turn-line.ts'
import {
  PageStore,
  ShapeStore,
  SlotPool,
  type Shape,
  type CodeStore,
  type Slot,
  type SlotPoolOptions,
} from '../stamp/index.ts'

export interface RuntimeOptions {
  /** What agents can be granted. */
  capabilities: readonly Capability[]
  /**
   * What their functions take and return. A component that imports them as something else is refused.
   *
   * @default what a component says is believed
   */
  types?: HostTypes
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

// What one response to an agent may have: no agent is refused that, however much others hold.
const MIN_BODY_BYTES = 8 * 1_048_576

const OWN_HANDLER = 'mayfly:agent/handler'

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

// Requests of others wait for it: a tenth of what a person calls slow.
const BRIEF_MS = 250
// On a busy machine the clock says more of the neighbours: the least of these counts.
const BRIEF_TRIALS = 3

/** What a component is linked from. */
interface Linkable extends Pick<PreparedAgent, 'plan' | 'optional' | 'digest'> {
  readonly manifest: Manifest
  readonly imports: ImportSource
  readonly countUse: CountUse | undefined
  readonly compile: (suspending: ReadonlySet<number>) => Promise<LoadedCode>
}

/** Its code, and what initialises it. */
interface LoadedCode extends SandboxSource {
  readonly shape: Shape
  /** What its memories begin with. */
  readonly memoryBytes: number
}

interface Linked extends Pick<PreparedAgent, 'plan' | 'optional'> {
  readonly agent: Agent
  readonly sandbox: Sandbox
  readonly code: LoadedCode
}

export class Runtime {
  readonly #capabilities: readonly Capability[]
  readonly #types: HostTypes | undefined
  readonly #onInvocation: ((record: InvocationRecord) => void) | undefined
  readonly #audit: AuditSink | undefined
  readonly #options: Pick<
    RuntimeOptions,
    'poll' | 'running' | 'initialisationMs' | 'onFault' | 'features'
  >
  readonly #agents = new Set<Agent>()
  readonly #directory = new AgentDirectory()
  readonly #pages = new PageStore()
  readonly #shapes: ShapeStore
  readonly #pool: SlotPool<Slot>
  readonly #line: TurnLine
  readonly #turns: (agent: string) => Turns
  readonly #bodies: FairShare
  readonly #sockets: ReadonlySet<Shared>
  #closed = false

  constructor(options: RuntimeOptions) {
    const { capabilities, types, onInvocation, audit, pool, codeStore } = options
    const { line, turns = 'fair' } = options
    const { maxBytes = 536_870_912, maxBytesByAgent = 134_217_728 } = options.bodies ?? {}
    this.#options = options
    this.#line = new TurnLine(line, pool?.maxBytes)
    this.#turns = typeof turns === 'function' ? turns : () => turns
    this.#audit = audit
    this.#shapes = new ShapeStore(codeStore)
    this.#pool = new SlotPool(pool)
    this.#bodies = new FairShare({
      max: maxBytes,
      maxByAgent: maxBytesByAgent,
      floor: Math.min(MIN_BODY_BYTES, maxBytesByAgent),
      maxWaitingByAgent: 0,
    })
    this.#sockets = new Set(capabilities.flatMap(({ sockets }) => sockets ?? []))
    this.#capabilities = capabilities
    this.#types = types
    this.#onInvocation = onInvocation
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
      return {
        digest: agent.digest,
        plan,
        optional,
        memoryBytes,
        code: this.#shapes.codeOf(shape),
        unmarked: shape.options.marks ? await this.#shapes.prepareUnmarked(shape) : undefined,
        initial: sandbox.initialState,
      }
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
    const { plan, optional, digest, code, unmarked, initial, memoryBytes } = prepared
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
    const { poll, running } = this.#options
    const agent = new Agent({
      manifest,
      digest,
      sandbox,
      bindings,
      exports: plan.exports,
      capabilities,
      handler: handlerOf(plan, capabilities),
      onInvocation: this.#onInvocation,
      trail: await this.#trailOf(manifest, digest),
      poll,
      running,
      bodies: this.#bodies,
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

  /** What all agents together have of what they share. */
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
      bodies: this.#bodies.use(),
    }
  }

  /** Unloads every agent, after the invocations under way. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.agents.map((agent) => agent.unload()))
    this.#pool.close()
  }

  async #trailOf(manifest: Manifest, component: string): Promise<AuditTrail | undefined> {
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
    const { memoryBytes } = admit(name, plan, declared, maxMemoryPages * WASM_PAGE_BYTES)
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
      if (this.#shapes.release(shape)) this.#pool.dropShape(shape)
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

/**
 * Initialising must be brief where slots do it one by one, on the thread that serves.
 *
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED
 */
function requireBrief(sandbox: Sandbox, agent: string): void {
  let leastMs = Infinity
  for (let trial = 0; trial < BRIEF_TRIALS && leastMs > BRIEF_MS; trial++) {
    leastMs = Math.min(leastMs, sandbox.initialisationMs() ?? 0)
  }
  if (leastMs <= BRIEF_MS) return
  throw limitExceeded(
    'deadline',
    `Cannot load agent "${agent}": each instance initialises itself, and takes ${Math.round(leastMs)} ms, ${BRIEF_MS} allowed`,
    'Do less at the top level: its state cannot be copied from one instance to the next',
  )
}

function choiceFor({ reset, metering }: Manifest['limits'], memoryBytes: number): ResetChoice {
  return new ResetChoice(reset, memoryBytes, metering === 'fuel')
}

/** Made here: what it is made in would be kept as well. */
function always<Value>(value: Value): () => Promise<Value> {
  return () => Promise.resolve(value)
}

/** How requests reach a component that exports no handler of ours but one that a capability knows. */
function handlerOf(
  { exports }: LinkPlan,
  capabilities: readonly GrantedCapability[],
): RequestHandler | undefined {
  const names = new Set(exports.map(({ name }) => splitInterface(name).name))
  if (names.has(OWN_HANDLER)) return undefined
  return capabilities
    .flatMap(({ capability }) => capability.serves ?? [])
    .find((handler) => names.has(handler.export.replace(/#.*/, '')))
}

function suspending(
  bindings: readonly Binding[],
  capabilities: readonly GrantedCapability[],
): ReadonlySet<number> {
  const indices = bindings.flatMap((binding, index) => {
    if (binding.kind === 'unused') return []
    if (binding.kind !== 'capability') return [index]
    const suspends = capabilities[binding.index]?.capability.suspends
    return suspends?.includes(binding.name) === false ? [] : [index]
  })
  return new Set(indices)
}

async function digestOf(component: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', component as Uint8Array<ArrayBuffer>)
  return `sha256:${new Uint8Array(hash).toHex()}`
}
