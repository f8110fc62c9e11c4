/**
 * The state of one live instantiation of a plan, as the linker's own modules see it. Other code sees
 * `ComponentInstance`.
 *
 * Types point one way: trampolines and exported functions import the store. Its own parts, such as lifted functions,
 * scheduler and waits, take only a part of it (`LiftStore`, `Execution`, `WaitingStore`).
 *
 * @module
 */

import {
  AbiContext,
  GuestMemory,
  InstanceState,
  mismatch,
  trap,
  type BorrowScope,
  type CoreFunction,
  type Elements,
  type EndKind,
  type FlatValue,
  type ResourceBridge,
} from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import type { BoundLift } from './call/bound-lift.ts'
import { CallSignals } from './call/call-signals.ts'
import type { CompiledContext, CompiledLift, PlanContext } from './compiled.ts'
import { Execution } from './execution.ts'
import { GuestResource, type GuestResourceClass, type ResourceStore } from './guest-resource.ts'
import type { HostDispatcher } from './host-dispatcher.ts'
import type { CoreReference } from './plan/link-plan.ts'
import type { Reach } from './stack/reach.ts'
import { Scheduler } from './concurrent/scheduler.ts'
import { FREE_STACKS, StackCount, type StackRoom } from './stack/stack-count.ts'

/** Makes, for one store, the function a core module imports. It returns a promise when the guest must wait. */
export type TrampolineMaker = (store: Store) => (...flat: FlatValue[]) => unknown

/** The compiled plan of a store, as the store sees it. */
export interface StorePlan extends PlanContext {
  readonly lifts: readonly CompiledLift[]
  readonly trampolines: readonly TrampolineMaker[]
  /** Finds the functions that may suspend when the imports in `suspending` and the lifted functions in `long` do. */
  reachOf(suspending: ReadonlySet<number>, long: ReadonlySet<number>): Reach
}

/** Passes the ends of streams and futures between guests and the host: see `ResourceBridge`. */
export interface EndCrossing {
  lift(
    store: Store,
    context: AbiContext,
    kind: EndKind,
    elements: Elements,
    handle: number,
  ): unknown
  lower(
    store: Store,
    context: AbiContext,
    kind: EndKind,
    elements: Elements,
    value: unknown,
  ): number
}

/** What a store is made with, beside its plan. */
export interface StoreOptions {
  readonly host: HostDispatcher
  /** Imports that may return promises, by index. */
  readonly suspending: ReadonlySet<number>
  /** Lifted functions that may compute for long, by index. */
  readonly long: ReadonlySet<number>
  /**
   * Pays for the stacks of its calls.
   *
   * @default they cost nothing
   */
  readonly stacks?: StackRoom | undefined
  readonly ends: EndCrossing
  /** Makes the class of a resource that the component defines, the first time one crosses to the host. */
  makeClass(store: Store, resource: number): GuestResourceClass
}

/** One is made for each instantiation, and reset between invocations. */
export class Store extends Execution implements ResourceBridge, ResourceStore {
  readonly plan: StorePlan
  /** Imports that may suspend. */
  readonly suspending: ReadonlySet<number>
  readonly reach: Reach
  readonly core: WebAssembly.Instance[] = []
  readonly states: readonly InstanceState[]
  readonly lifts: (BoundLift | undefined)[] = []
  /** Lifted functions that may compute for long, by index. */
  readonly long: ReadonlySet<number>
  /** Absent when one task at a time is all there can be. */
  readonly scheduler: Scheduler | undefined
  /** `context.get` and `context.set` while no task runs. */
  storage: number[] = [0, 0]
  /** The signal of the call of the host that is being made. */
  readonly signals: CallSignals = new CallSignals()
  readonly #contexts: (AbiContext | undefined)[] = []
  readonly #trampolines: unknown[] = []
  #gates: readonly unknown[] | undefined
  readonly #memories = new Map<WebAssembly.Memory | undefined, GuestMemory>()
  readonly #makeClass: StoreOptions['makeClass']
  readonly #ends: EndCrossing
  readonly #classes: (GuestResourceClass | undefined)[] = []

  constructor(plan: StorePlan, options: StoreOptions) {
    const { host, suspending, long, stacks = FREE_STACKS } = options
    // A scheduler counts the call of the host with the others.
    super(host, new StackCount(stacks, plan.concurrent ? 0 : 1), plan.concurrent)
    this.plan = plan
    this.suspending = suspending
    this.long = long
    this.reach = plan.reachOf(suspending, long)
    this.scheduler = plan.concurrent ? new Scheduler(this) : undefined
    this.#makeClass = options.makeClass
    this.#ends = options.ends
    const states: InstanceState[] = []
    for (const parent of plan.link.parents) states.push(new InstanceState(states[parent]))
    this.states = states
  }

  state(instance: number): InstanceState {
    return this.states[instance] ?? trap(`Cannot find component instance ${instance}`)
  }

  context(compiled: CompiledContext): AbiContext {
    return this.#contexts[compiled.index] ?? this.#open(compiled)
  }

  memory(memory: WebAssembly.Memory | undefined): GuestMemory {
    let views = this.#memories.get(memory)
    if (views === undefined) {
      views = new GuestMemory(memory)
      this.#memories.set(memory, views)
    }
    return views
  }

  resolve(reference: CoreReference): unknown {
    if (reference.kind === 'trampoline') return this.trampoline(reference.index)
    return this.core[reference.instance]?.exports[reference.name]
  }

  function(reference: CoreReference): CoreFunction {
    const value = this.resolve(reference)
    if (typeof value !== 'function') {
      const name = reference.kind === 'export' ? reference.name : reference.index
      trap(`Cannot call core function "${name}": its instance does not exist yet`)
    }
    return value as CoreFunction
  }

  trampoline(index: number): unknown {
    const gate = this.reach.trampolines.get(index)
    if (gate !== undefined) return this.#openGates()[gate]
    return (this.#trampolines[index] ??= this.plan.trampolines[index]?.(this))
  }

  resourceClass(resource: number): GuestResourceClass {
    return (this.#classes[resource] ??= this.#makeClass(this, resource))
  }

  implementer(resource: number): InstanceState | undefined {
    const definition = this.plan.link.resources[resource]
    return definition?.kind === 'defined' ? this.states[definition.instance] : undefined
  }

  ownToHost(resource: number, rep: unknown): unknown {
    if (this.implementer(resource) === undefined) return rep
    return GuestResource.own(this.resourceClass(resource), rep as number) // Defined: an i32
  }

  borrowToHost(resource: number, rep: unknown, scope: BorrowScope): unknown {
    if (this.implementer(resource) === undefined) return rep
    const view = GuestResource.borrow(this.resourceClass(resource), rep as number)
    scope.expireAtEnd(view)
    return view
  }

  ownFromHost(resource: number, value: unknown): unknown {
    if (this.implementer(resource) === undefined) return this.#object(resource, value)
    return this.#guestResource(resource, value).giveAway()
  }

  borrowFromHost(resource: number, value: unknown, scope: BorrowScope): unknown {
    if (this.implementer(resource) === undefined) return this.#object(resource, value)
    const object = this.#guestResource(resource, value)
    scope.lend(object)
    return object.rep
  }

  liftEnd(context: AbiContext, kind: EndKind, elements: Elements, handle: number): unknown {
    return this.#ends.lift(this, context, kind, elements, handle)
  }

  lowerEnd(context: AbiContext, kind: EndKind, elements: Elements, value: unknown): number {
    return this.#ends.lower(this, context, kind, elements, value)
  }

  passed(bytes: number): void {
    this.host.passed?.(bytes)
  }

  copyResult(bytes: Uint8Array): Uint8Array {
    return this.host.copyResult?.(bytes) ?? bytes.slice()
  }

  dropFromGuest(resource: number, object: unknown): void {
    if (this.host.drop !== undefined) return this.host.drop(resource, object)
    const dispose = (object as Partial<Disposable>)[Symbol.dispose] // An object: `#object` saw to it
    if (typeof dispose === 'function') dispose.call(object)
  }

  /** Runs the destructor of a resource some instance of this store defines. */
  destroy(resource: number, rep: number, caller: InstanceState | undefined): void {
    const definition = this.plan.link.resources[resource]
    if (definition?.kind !== 'defined' || definition.destructor === undefined) return
    const state = this.state(definition.instance)
    if (!state.mayEnter(caller)) trap(`Cannot drop "${definition.name}": its instance is entered`)
    state.enter(caller)
    this.pin()
    this.function(definition.destructor)(rep)
    this.unpin()
    state.leave(caller)
  }

  #pinning(core: CoreFunction): CoreFunction {
    return (old, oldSize, alignment, size) => {
      this.pin()
      const result = core(old as never, oldSize as never, alignment as never, size as never)
      this.unpin()
      return result
    }
  }

  #openGates(): readonly unknown[] {
    if (this.#gates !== undefined) return this.#gates
    const { gates, trampolines } = this.reach
    const runs = [...trampolines.keys()].flatMap(
      (index) => this.plan.trampolines[index]?.(this) ?? [],
    )
    return (this.#gates = gates?.instantiate(runs) ?? [])
  }

  #object(resource: number, value: unknown): object {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value
    return mismatch(`resource "${this.plan.link.resources[resource]?.name}"`, value)
  }

  #guestResource(resource: number, value: unknown): GuestResource {
    if (value instanceof this.resourceClass(resource) && value.live) return value
    return mismatch(`live resource "${this.plan.link.resources[resource]?.name}"`, value)
  }

  #open({ index, options }: CompiledContext): AbiContext {
    const memory = options.memory && this.resolve(options.memory)
    if (options.memory !== undefined && memory === undefined) {
      throw new MayflyError(
        'ERR_GUEST_TRAPPED',
        'Cannot pass values: the memory of the instance does not exist yet',
      )
    }
    const context = new AbiContext(
      this.memory(memory as WebAssembly.Memory | undefined), // The plan says `sort: 'memory'`
      options.encoding,
      this.state(options.instance),
      this,
      options.realloc && this.#pinning(this.function(options.realloc)),
    )
    this.#contexts[index] = context
    return context
  }
}
