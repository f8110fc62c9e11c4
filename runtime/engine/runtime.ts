/**
 * Loads agents: decides what they may do, makes their sandbox, and keeps what they share.
 *
 * Longer than other files: its options are the embedder's, and loading is told in one place from bytes to agent.
 *
 * @module
 */
import {
  declaredState,
  decodeComponent,
  readInitialisers,
  readSnapshot,
  type Initialisers,
} from '../binary/index.ts'
import type { AuditSink } from '../audit/index.ts'
import type { AgentLinks, Capability, RequestHandler } from '../capability/index.ts'
import { MayflyError } from '../errors/index.ts'
import { makePlan, resolveImports, type ImportSource, type LinkPlan } from '../link/index.ts'
import { manifestFromObject, policyHash, type Manifest } from '../manifest/index.ts'
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
import { typeCheck, type HostTypes } from './host-types.ts'
import { initialDispatch, type Dispatch } from './dispatch.ts'
import { ResetChoice } from './reset-choice.ts'
import { Sandbox, type Turns } from './sandbox.ts'
import { TurnLine, type TurnOptions, type TurnStats } from './turn-line.ts'
import {
  PageStore,
  ShapeStore,
  SlotPool,
  type CodeStore,
  type Shape,
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
  /**
   * Keeps rewritten modules between runs.
   *
   * @default none: they are rewritten again
   */
  codeStore?: CodeStore
}

const WASM_PAGE_BYTES = 65_536
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

export class Runtime {
  readonly #capabilities: readonly Capability[]
  readonly #types: HostTypes | undefined
  readonly #onInvocation: ((record: InvocationRecord) => void) | undefined
  readonly #audit: AuditSink | undefined
  readonly #poll: (() => void) | undefined
  readonly #agents = new Set<Agent>()
  readonly #directory = new AgentDirectory()
  readonly #pages = new PageStore()
  readonly #shapes: ShapeStore
  readonly #pool: SlotPool<Slot>
  readonly #line: TurnLine
  readonly #turns: (agent: string) => Turns
  #closed = false

  constructor(options: RuntimeOptions) {
    const { capabilities, types, onInvocation, audit, poll, pool, codeStore } = options
    const { line, turns = 'fair' } = options
    this.#line = new TurnLine(line)
    this.#turns = typeof turns === 'function' ? turns : () => turns
    this.#audit = audit
    this.#poll = poll
    this.#shapes = new ShapeStore(codeStore)
    this.#pool = new SlotPool(pool)
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
  async load({
    component,
    manifest,
    imports = {},
    countUse: counting = countInMemory(),
  }: LoadOptions): Promise<Agent> {
    if (this.#closed)
      throw new MayflyError('ERR_RUNTIME_CLOSED', 'Cannot load agent: the runtime is closed')
    const parsed = manifestFromObject(manifest)
    const plan = makePlan(decodeComponent(component), component)
    const links = agentLinks(this.#directory, { name: parsed.name, imports: plan.imports })
    const capabilities = await this.#configure(parsed, counting, links)
    const bindings = bindImports(plan, {
      agent: parsed.name,
      capabilities,
      embedder: resolveImports(plan, imports).callables,
      optional: optionalImports(component, plan.customSections),
      check: this.#types && typeCheck(this.#types, plan),
    })
    checkLinked(parsed, plan, this.#directory)
    const sandbox = await this.#makeSandbox(
      component,
      plan,
      parsed,
      suspending(bindings, capabilities),
      initialDispatch(bindings, capabilities, plan.imports),
    )
    const digest = await digestOf(component)
    const agent = new Agent({
      manifest: parsed,
      digest,
      sandbox,
      bindings,
      exports: plan.exports,
      capabilities,
      handler: handlerOf(plan, capabilities),
      onInvocation: this.#onInvocation,
      trail: await this.#trailOf(parsed, digest),
      poll: this.#poll,
      onUnload: (unloaded) => {
        this.#agents.delete(unloaded)
        this.#directory.delete(unloaded)
      },
      configure: (left) => this.#configure({ ...parsed, capabilities: left }, counting, links),
    })
    this.#agents.add(agent)
    this.#directory.add(agent)
    return agent
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

  async #makeSandbox(
    component: Uint8Array,
    plan: LinkPlan,
    { name, limits }: Manifest,
    suspending: ReadonlySet<number>,
    initial: Dispatch,
  ): Promise<Sandbox> {
    const modules = plan.modules.map(({ start, end }) => component.subarray(start, end))
    const { memoryBytes } = admit(name, plan, modules.map(declaredState), limits.memoryBytes)
    const choice = new ResetChoice(limits.reset, memoryBytes, limits.metering === 'fuel')
    const shape = await this.#shapes.acquire(component, plan, suspending, {
      marks: choice.reset === 'pages',
      fuel: limits.metering === 'fuel',
      undoGrowth: true,
      maxMemoryPages: Math.floor(limits.memoryBytes / WASM_PAGE_BYTES),
    })
    try {
      return new Sandbox({
        agent: name,
        limits,
        choice,
        shape,
        initial,
        data: modules.map((bytes, index) => initialisersOf(bytes, shape, index)),
        pool: this.#pool,
        store: this.#pages,
        shapes: this.#shapes,
        line: this.#line,
        turns: this.#turns(name),
      })
    } catch (error) {
      if (this.#shapes.release(shape)) this.#pool.dropShape(shape)
      throw error
    }
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

function initialisersOf(
  bytes: Uint8Array,
  { codes, options }: Shape,
  module: number,
): Initialisers | undefined {
  if (codes[module]?.rewritten === undefined) return undefined
  return options.undoGrowth ? readSnapshot(bytes) : readInitialisers(bytes)
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
