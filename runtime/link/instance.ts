/**
 * A live instantiation of a compiled plan.
 *
 * @module
 */

import type { HandleTableState, MarkHook } from '../abi/index.ts'
import { isMayflyError, MayflyError } from '../errors/index.ts'
import { bind } from './call/bound-lift.ts'
import { callLift } from './call/call-lift.ts'
import type { CompiledPlan, ImportGroups } from './compile.ts'
import { ExportedFunction } from './call/exported-function.ts'
import { exportMissing } from './plan/export-index.ts'
import { canSuspend } from './stack/landing.ts'
import { outOfMemory } from './out-of-memory.ts'
import type { StartStep } from './plan/link-plan.ts'
import type { GuestResourceClass } from './guest-resource.ts'
import type { HostCall, HostDispatcher } from './host-dispatcher.ts'
import { WaitingCall } from './call/waiting-call.ts'
import { resourceClass } from './resource-class.ts'
import { Store } from './store.ts'
import { END_CROSSING } from './stream/cross.ts'
import type { StackRoom } from './stack/stack-count.ts'

/** All may be left out: then no import can be called, and nothing suspends. */
export interface InstanceOptions {
  /** Serves the imports. May be replaced later. */
  host?: HostDispatcher
  /**
   * Imports that may return promises, by index. Pass the same set for all instances of a shape: its consequences are
   * computed once for each set.
   *
   * @default none
   */
  suspending?: ReadonlySet<number>
  /**
   * Lifted functions that may compute for long, by index. As `suspending`, the same set for all.
   *
   * @default none: a component without suspending imports is never suspended
   */
  long?: ReadonlySet<number>
  /**
   * Pays for the stacks of its calls.
   *
   * @default they cost nothing
   */
  stacks?: StackRoom
  /** Further imports for core instance `instance`, made from module `module`. Merged with the plan's. */
  modulesImports?(instance: number, module: number): WebAssembly.Imports | undefined
  /** Runs when a core instance exists and before anything else uses it. */
  afterInstantiate?(instance: number, core: WebAssembly.Instance): void
}

/** State that the host holds for an instance beside its memory: handles and flags. */
export interface HostState {
  readonly tables: readonly HandleTableState[]
  readonly storage: readonly number[]
  /** How many handles are open. Objects of the host among them belong to the host that served the imports. */
  readonly handles: number
}

const NONE: ReadonlySet<number> = new Set()

const NO_HOST: HostDispatcher = {
  call() {
    throw new MayflyError(
      'ERR_IMPORT_UNSATISFIED',
      'Cannot call an import: no host serves the instance',
    )
  },
}

/** One instantiation. It runs one call of the host at a time, and none after a call that trapped. */
export class ComponentInstance {
  readonly plan: CompiledPlan
  readonly #store: Store
  readonly #functions = new Map<string, ExportedFunction>()
  readonly #initial: HostState

  /**
   * Runs the steps of the plan.
   *
   * @throws {MayflyError} ERR_GUEST_TRAPPED when a start function traps
   */
  constructor(
    plan: CompiledPlan,
    modules: readonly WebAssembly.Module[],
    options: InstanceOptions = {},
  ) {
    this.plan = plan
    const { suspending = NONE, host = NO_HOST, long = NONE, stacks } = options
    this.#store = new Store(plan, {
      host,
      suspending,
      long: canSuspend() ? long : NONE,
      stacks,
      makeClass: resourceClass,
      ends: END_CROSSING,
    })
    try {
      instantiate(this.#store, plan.imports, modules, options)
    } catch (error) {
      throw startFailure(this.#store, error)
    }
    this.#initial = this.capture()
  }

  /** Serves the imports. Set per invocation. */
  get host(): HostDispatcher {
    return this.#store.host
  }

  set host(host: HostDispatcher) {
    this.#store.host = host
  }

  /** In the order of the plan's steps. */
  get core(): readonly WebAssembly.Instance[] {
    return this.#store.core
  }

  /** Whether a call failed: nothing in here can be used again. */
  get poisoned(): boolean {
    return this.#store.failed
  }

  /** Whether the code that runs now can be suspended where it is. */
  get canPause(): boolean {
    return this.#store.pinned === 0
  }

  /** Whether the running call was entered so that it can be suspended, but where JavaScript stands between. */
  get mayPause(): boolean {
    const { inTurns, suspendable } = this.#store
    return inTurns || suspendable
  }

  /** Whether its callee may suspend: its own stack is suspended already, or can be, or it rests and has none. */
  get letsCalleePause(): boolean {
    const { suspended, pinned } = this.#store
    return suspended || pinned === 0 || this.call?.resting === true
  }

  /** How often JavaScript has called the guest in the middle of something. */
  get spans(): number {
    return this.#store.spans
  }

  /** Suspends the code that runs until `resume` is called. Only where it can be. */
  pause(begin: (resume: () => void) => void): Promise<unknown> {
    return this.#store.waits.park((resume) => begin(() => resume(undefined)))
  }

  /** Has `free` called once the guest can be suspended again. */
  whenFree(free: () => void): void {
    this.#store.whenFree = free
  }

  /** Whether a call is running or suspended. */
  get running(): boolean {
    return this.#store.running
  }

  /**
   * Finds an exported function: `greet`, `ns:pkg/interface#greet`, with or without version.
   *
   * @throws {MayflyError} ERR_EXPORT_MISSING
   */
  lookup(name: string): ExportedFunction {
    let found = this.#functions.get(name)
    if (found === undefined) {
      const member = this.plan.exports.functions.get(name)
      if (member === undefined) throw exportMissing('function', name, this.plan.exports.names)
      found = new ExportedFunction(this.#store, name, member)
      this.#functions.set(name, found)
    }
    return found
  }

  /**
   * Finds the class of an exported resource: `ns:pkg/interface#bucket`.
   *
   * @throws {MayflyError} ERR_EXPORT_MISSING
   */
  resource(name: string): GuestResourceClass {
    const { resources } = this.plan.exports
    const member = resources.get(name)
    if (member === undefined) throw exportMissing('resource', name, [...resources.keys()])
    return this.#store.resourceClass(member.resource)
  }

  /** Has `mark` called with every range that the host writes into `memory`. */
  onWrite(memory: WebAssembly.Memory, mark: MarkHook | undefined): void {
    this.#store.memory(memory).mark = mark
  }

  /** Returns the state that `reset` needs to come back to this moment. Between calls only. */
  capture(): HostState {
    const tables = this.#store.states.map(({ handles }) => handles.capture())
    return {
      tables,
      storage: [...this.#store.storage],
      handles: this.#store.states.reduce((sum, { handles }) => sum + handles.size, 0),
    }
  }

  /**
   * Poisons the instance and ends its call with `error`. A suspended guest is unwound by a trap, past all of its
   * handlers. A computing guest must trap by itself, where it asked for fuel: then its caller gets `error`.
   */
  abandon(error: unknown): void {
    this.#store.note(error)
    this.#store.call?.abandon()
  }

  /** The call of the host that is under way, once it waits. */
  get call(): HostCall | undefined {
    return this.#store.call
  }

  /**
   * Has `call`, which has moved out of another instance of the plan, go on in here. Memories and globals must be as
   * they were there. The host of the call serves the imports from now on.
   *
   * @throws {TypeError} The call has not moved out; or a call is running in here, or has failed
   */
  moveIn(call: HostCall): void {
    if (!(call instanceof WaitingCall))
      throw new TypeError('Cannot move a call: it is of another linker')
    call.moveIn(this.#store)
  }

  /**
   * Its call has ended, and so has all that the call was for: no code of the guest runs before the next `reset`. Frees
   * stacks that are still suspended, and aborts calls that were left. Resources of the guest in the hands of the host are
   * void: their destructors do not run.
   */
  vacate(): void {
    const store = this.#store
    store.vacant = true
    store.epoch++
    store.held = 0
    store.waits.end()
    store.calls.end()
    store.scheduler?.clear()
  }

  /**
   * Sets the host's side back to `state`: handles, flags, tasks. Memory is the caller's to restore.
   *
   * @throws {TypeError} A call is running or suspended
   */
  reset(state: HostState = this.#initial): void {
    const store = this.#store
    if (store.running) throw new TypeError('Cannot reset an instance: it is in a call')
    if (!store.vacant) this.vacate()
    store.vacant = false
    store.call = undefined
    store.main = undefined
    store.suspendable = false
    store.task = undefined
    store.stacks.clear()
    store.storage = [...state.storage]
    for (const [index, each] of store.states.entries()) {
      each.mayLeave = true
      each.entered = false
      each.backpressure = 0
      each.exclusive = undefined
      each.waiting = 0
      each.handles.restore(state.tables[index])
    }
  }
}

function instantiate(
  store: Store,
  importsByStep: readonly ImportGroups[],
  modules: readonly WebAssembly.Module[],
  { modulesImports, afterInstantiate }: InstanceOptions,
): void {
  for (const [index, step] of store.plan.link.steps.entries()) {
    if (step.kind === 'start') {
      start(store, step)
      continue
    }
    const module = modules[step.module]
    if (module === undefined)
      throw new RangeError(`Cannot instantiate module ${step.module}: not given`)
    const number = store.core.length
    const imports = makeImports(store, importsByStep[index] ?? [])
    const further = modulesImports?.(number, step.module)
    const core = new WebAssembly.Instance(module, further ? merge(imports, further) : imports)
    store.core.push(core)
    afterInstantiate?.(number, core)
  }
}

function start(store: Store, { target }: StartStep): void {
  if (target.kind === 'import') store.host.call(target.index, [])
  else {
    const lift = store.plan.lifts[target.index]
    if (lift !== undefined) callLift(store, bind(store, lift), [], false)
  }
}

function makeImports(store: Store, groups: ImportGroups): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {}
  for (const [module, members] of groups) {
    const group: WebAssembly.ModuleImports = {}
    for (const [name, value] of members) {
      group[name] = store.resolve(value) as WebAssembly.ImportValue // The engine checks its type
    }
    imports[module] = group
  }
  return imports
}

function merge(imports: WebAssembly.Imports, further: WebAssembly.Imports): WebAssembly.Imports {
  for (const [module, members] of Object.entries(further)) {
    imports[module] = { ...imports[module], ...members }
  }
  return imports
}

function startFailure(store: Store, error: unknown): unknown {
  const cause = store.failed ? store.failure : error
  if (store.failed || isMayflyError(cause)) return cause
  const message = `Cannot instantiate component: ${cause instanceof Error ? cause.message : String(cause)}`
  const code =
    cause instanceof WebAssembly.LinkError ? 'ERR_COMPONENT_MALFORMED' : 'ERR_GUEST_TRAPPED'
  return outOfMemory(cause) ?? new MayflyError(code, message, { cause })
}
