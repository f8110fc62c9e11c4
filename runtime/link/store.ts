/**
 * The state of one live instantiation of a plan, as the linker's own modules see it. `ComponentInstance` is
 * what others see.
 *
 * The first failure is kept and everything after it refuses to run: a guest could otherwise go on, in code
 * that catches exceptions, with memory the failed call left half written.
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
  type ResourceBridge,
} from '../abi/index.ts'
import { MayflyError } from '../errors/index.ts'
import { abort } from './abort.ts'
import type { BoundLift } from './bound-lift.ts'
import type { CompiledContext, CompiledPlan } from './compile.ts'
import type { CoreReference } from './plan.ts'
import type { Reach } from './reach.ts'
import { GuestResource, resourceClass, type GuestResourceClass } from './resource-class.ts'
import type { ConcurrentTask } from './concurrent-task.ts'
import { Scheduler } from './scheduler.ts'
import { FREE_STACKS, StackCount, type StackRoom } from './stack-count.ts'
import type { Task } from './task.ts'
import { Waits } from './waits.ts'

/** Serves the imports of a store. Replaced for each invocation, so that a store can serve another agent. */
export interface HostDispatcher {
  /**
   * Calls import `index`. For a function that returns a `result`, what is returned is its ok value and what
   * is thrown its error: an object with its own `payload`, or any value that is no `Error`. Every other
   * throw is a failure of the host: it ends the guest and reaches the caller of the export unchanged.
   */
  call(index: number, values: unknown[]): unknown
  /**
   * Told that one component inside is about to call another, or that the guest yields. What it throws ends
   * the guest: these cost the host more than the guest pays for them in fuel.
   */
  admit?(): void
  /** Told that the guest begins to wait, and that it goes on: others may run in between. */
  runs?(running: boolean): void
  /**
   * Told that values of so many bytes were passed between the guest and its host, or another guest of the
   * component.
   */
  passed?(bytes: number): void
  /**
   * Told that the guest dropped the host's `object`.
   *
   * @default calls `object[Symbol.dispose]` when there is one
   */
  drop?(resource: number, object: unknown): void
}

// What a stack trapped with, until its promise tells.
const UNKNOWN = Symbol('unknown trap')

export class Store implements ResourceBridge {
  readonly plan: CompiledPlan
  /** Imports that may suspend, and what follows from that. */
  readonly suspending: ReadonlySet<number>
  readonly reach: Reach
  host: HostDispatcher
  readonly core: WebAssembly.Instance[] = []
  readonly states: readonly InstanceState[]
  readonly lifts: (BoundLift | undefined)[] = []
  /** Whether a call from the host is running or suspended. */
  running = false
  /** Whether the running call may be suspended for what it imports: it was entered through `WebAssembly.promising`. */
  suspendable = false
  /** Whether the running call may be suspended between any two instructions, to let others have their turn. */
  inTurns = false
  /**
   * How many frames of JavaScript keep the code that runs from being suspended. At 0 it lies on a stack of its
   * own, and all that called it does as well.
   */
  pinned = 1
  /** Whether its stack is suspended. */
  suspended = false
  /** How often JavaScript has called the guest in the middle of something. */
  spans = 0
  /** Called once, when the guest can be suspended again. */
  whenFree: (() => void) | undefined
  /** Lifted functions that may compute for long, by index. */
  readonly long: ReadonlySet<number>
  /** What it is suspended for. */
  readonly waits: Waits = new Waits(this)
  /** The stacks of its calls. */
  readonly stacks: StackCount
  task: Task | ConcurrentTask | undefined
  /** Absent when one task at a time is all there can be. */
  readonly scheduler: Scheduler | undefined
  /** `context.get` and `context.set` while no task runs. */
  storage: number[] = [0, 0]
  /** Ends the call that is suspended, as far as its caller is concerned. */
  abandon: (() => void) | undefined
  failed = false
  failure: unknown
  /** Counts resets: what the host holds of an earlier epoch is void. */
  epoch = 0
  readonly #contexts: (AbiContext | undefined)[] = []
  readonly #trampolines: unknown[] = []
  #gates: readonly unknown[] | undefined
  readonly #memories = new Map<WebAssembly.Memory | undefined, GuestMemory>()
  readonly #classes: (GuestResourceClass | undefined)[] = []

  constructor(
    plan: CompiledPlan,
    suspending: ReadonlySet<number>,
    host: HostDispatcher,
    long: ReadonlySet<number>,
    stacks: StackRoom = FREE_STACKS,
  ) {
    this.long = long
    this.plan = plan
    this.suspending = suspending
    this.reach = plan.reachOf(suspending, long)
    this.host = host
    this.scheduler = plan.concurrent ? new Scheduler(this) : undefined
    // A scheduler counts the call of the host with the others.
    this.stacks = new StackCount(stacks, plan.concurrent ? 0 : 1)
    const states: InstanceState[] = []
    for (const parent of plan.link.parents) states.push(new InstanceState(states[parent]))
    this.states = states
  }

  state(instance: number): InstanceState {
    return this.states[instance] ?? trap(`Cannot find component instance ${instance}`)
  }

  /** Records what ended the guest and unwinds it. The first failure is the one that is reported. */
  fail(error: unknown): never {
    this.note(error)
    return abort()
  }

  note(error: unknown): void {
    if (this.failed && this.failure !== UNKNOWN) return
    this.failed = true
    this.failure = error
    // Nothing of it runs again: what waits would keep its stack, and through it the instance.
    this.waits.end()
  }

  /** Records that a stack ended with a trap whose error arrives later, through `note`. */
  trapped(): void {
    this.note(UNKNOWN)
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
    return (this.#classes[resource] ??= resourceClass(this, resource))
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

  passed(bytes: number): void {
    this.host.passed?.(bytes)
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

  /** JavaScript is about to call the guest in the middle of something. Not undone when that traps: so ends the store. */
  pin(): void {
    this.pinned++
    this.spans++
  }

  unpin(): void {
    if (--this.pinned === 0) this.#freed()
  }

  /** The guest is about to be entered on a stack of its own. */
  surface(): void {
    this.pinned = 0
    this.suspended = false
    this.#freed()
  }

  #freed(): void {
    const { whenFree } = this
    if (whenFree === undefined) return
    this.whenFree = undefined
    whenFree()
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
