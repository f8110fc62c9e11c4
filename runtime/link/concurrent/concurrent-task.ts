/**
 * One call of a lifted function while other tasks may run, of the caller and of the callee.
 *
 * The caller learns when the function starts and when it returns. That is before its end: a function lifted with `async`
 * may continue after `task.return`. One task of an instance at a time is in the middle of its code, except tasks without
 * callback, which may be several.
 *
 * Longer than other files: it is the life of a task from its call to its end, and each step needs the state.
 *
 * @module
 */

import {
  BorrowScope,
  trap,
  type AbiContext,
  type Codec,
  type CoreFunction,
  type FlatValue,
  type InstanceState,
  type Signature,
} from '../../abi/index.ts'
import type { BoundLift } from '../call/bound-lift.ts'
import { CANCELLED } from '../call/ending.ts'
import { apply } from '../stack/apply.ts'
import { callbackCode, EXIT, YIELD } from './callback-code.ts'
import type { ScheduledTask } from '../call/running-task.ts'
import type { Scheduler, Waiting } from './scheduler.ts'
import type { Store } from '../store.ts'
import { liftFlat } from '../call/task.ts'
import { NO_EVENT, TASK_CANCELLED, WaitableSet, type WaitableEvent } from './waitable.ts'

/** The caller of a task. */
export interface TaskCaller {
  /** The instance; none when it is the host. */
  readonly from: InstanceState | undefined
  readonly facesHost: boolean
  /** Lifts the arguments: when the task starts, which may be later than the call. */
  values(): readonly unknown[]
  returned(value: unknown): void
  cancelled(): void
}

type TaskState = 'initial' | 'started' | 'cancel requested' | 'cancel delivered' | 'resolved'

/** A call that takes turns with others. */
export class ConcurrentTask implements ScheduledTask {
  readonly lift: BoundLift
  /** `context.get` and `context.set`. */
  readonly storage: number[] = [0, 0]
  /** Whether its stack was suspended, rather than ended by a trap. */
  suspended = false
  /** Its result, when the host is the caller. */
  value: unknown
  readonly #store: Store
  readonly #scheduler: Scheduler
  readonly #caller: TaskCaller
  readonly #scope: BorrowScope | undefined
  #state: TaskState = 'initial'
  /** Whether it has given back control: it has returned, or waits for others. */
  #gaveBack = false
  #giveBack: (() => void) | undefined
  #ended = false

  constructor(store: Store, scheduler: Scheduler, lift: BoundLift, caller: TaskCaller) {
    this.lift = lift
    this.#store = store
    this.#scheduler = scheduler
    this.#caller = caller
    this.#scope = lift.signature.borrows ? new BorrowScope() : undefined
  }

  get signature(): Signature {
    return this.lift.signature
  }

  get scheduled(): this {
    return this
  }

  get state(): InstanceState {
    return this.lift.context.state
  }

  /** Whether it may wait for others: only functions declared `async` may. */
  get mayBlock(): boolean {
    return this.lift.signature.type.async
  }

  get returned(): boolean {
    return this.#state === 'resolved' && this.value !== CANCELLED
  }

  get ended(): boolean {
    return this.#ended
  }

  /**
   * Runs it until it ends or waits. A mismatch leaves the instance as it was. Returns a promise when it was
   * paused before: until that is settled no other task may run.
   */
  begin(): Promise<void> | undefined {
    const { lift, state } = this
    const { from } = this.#caller
    if (!state.mayEnter(from)) trap(`Cannot enter "${lift.name}": its instance is already entered`)
    return this.#during(from, () => {
      if (!this.mayBlock || !(this.#held || state.waiting > 0)) return this.#run(from === undefined)
      this.#queue()
      return undefined
    })
  }

  /** It waits, and others may run. */
  park(): void {
    this.#givesBack()
  }

  /** Called before its suspended stack continues: resolves when the stack gives control back. */
  control(): Promise<void> {
    this.#gaveBack = false
    return new Promise((resolve) => {
      this.#giveBack = resolve
    })
  }

  /** `task.return`, with the codec of its result and the context of its options. */
  resolve(codec: Codec | undefined, context: AbiContext, core: readonly FlatValue[]): void {
    const { lift } = this
    if (!lift.isAsync || codec !== lift.signature.result) {
      trap(`Cannot return from "${lift.name}": task.return has another type`)
    }
    if (this.#state === 'resolved') trap(`Cannot return from "${lift.name}": it has returned`)
    context.begin(this.#caller.facesHost, this.#scope)
    this.#return(codec && liftFlat(context, codec, core))
  }

  /** `task.cancel`: it ends without a value, as its caller asked. */
  cancel(): void {
    const { lift } = this
    if (!lift.isAsync) trap(`Cannot cancel "${lift.name}": it is not lifted with async`)
    if (this.#state !== 'cancel delivered') {
      trap(`Cannot cancel "${lift.name}": no cancellation was requested`)
    }
    this.#scope?.checkReturned()
    this.#state = 'resolved'
    this.#caller.cancelled()
  }

  /** The task has its turn like any other: no code of a guest runs in here. */
  requestCancellation(): boolean {
    if (!this.lift.isAsync || this.#state === 'resolved') return false
    if (this.#state !== 'initial' && this.#state !== 'started') return true
    const waiting = this.#scheduler.cancellable(this)
    this.#state = waiting === undefined ? 'cancel requested' : 'cancel delivered'
    if (waiting !== undefined) {
      waiting.cancelled = true
      this.#scheduler.wake()
    }
    return true
  }

  /** `subtask.cancel`, by the instance `from`. */
  cancelFrom(from: InstanceState): void {
    const waiting = this.#scheduler.cancellable(this)
    const { exclusive } = this.state
    const others = this.#needsExclusive && exclusive !== undefined && exclusive !== this
    const isQueued = this.#state === 'initial'
    if (waiting === undefined || (!isQueued && (others || !this.state.mayEnter(from)))) {
      this.#state = 'cancel requested'
      return
    }
    this.#state = 'cancel delivered'
    // A suspended stack continues in a microtask, so the task waits for its turn like any other.
    waiting.cancelled = true
    if (waiting.onStack) return
    this.#scheduler.remove(waiting)
    const store = this.#store
    // It may be called where its caller cannot be suspended with it.
    store.pin()
    if (isQueued) void waiting.resume(true, false)
    else void this.#during(from, () => void waiting.resume(true, false))
    store.unpin()
  }

  /** Whether a cancellation was requested that it has not heard of: now it has. */
  takeCancellation(): boolean {
    if (this.#state !== 'cancel requested') return false
    this.#state = 'cancel delivered'
    return true
  }

  /** The core function or the callback returned. */
  land(core: unknown): void {
    this.#store.stacks.end(this.lift.index)
    this.#goOn(core)
    // Not in a `finally`: when the line above throws, control was not given back, and so the caller knows of the trap.
    this.#givesBack()
  }

  #givesBack(): void {
    this.#gaveBack = true
    const tell = this.#giveBack
    this.#giveBack = undefined
    tell?.()
  }

  get #needsExclusive(): boolean {
    return this.mayBlock && (!this.lift.isAsync || this.lift.callback !== undefined)
  }

  #goOn(core: unknown): void {
    const { lift, state } = this
    if (lift.callback !== undefined) return this.#next(core as number) // i32, by its type
    if (!lift.isAsync) {
      this.#return(lift.signature.liftResult(this.#context(), core))
      if (lift.postReturn !== undefined) {
        state.mayLeave = false
        this.#store.pin()
        if (lift.signature.result === undefined) lift.postReturn()
        else lift.postReturn(core as FlatValue) // The one core value of the result
        this.#store.unpin()
        state.mayLeave = true
      }
    }
    this.#end()
  }

  /** Whether it may not begin or continue now. */
  get #held(): boolean {
    return this.state.backpressure > 0 || this.#isExcluded
  }

  get #isExcluded(): boolean {
    return this.#needsExclusive && this.state.exclusive !== undefined
  }

  #queue(): void {
    const { state } = this
    state.waiting++
    this.#wait(
      () => !this.#held,
      (cancelled, alone) => {
        state.waiting--
        if (!cancelled) return this.#run(alone)
        this.#state = 'resolved'
        this.#caller.cancelled()
        return undefined
      },
    )
  }

  #run(alone: boolean): Promise<void> | undefined {
    const { lift, state } = this
    if (this.#needsExclusive) state.exclusive = this
    this.#state = 'started'
    let flat: FlatValue[]
    try {
      flat = lift.signature.lowerParams(this.#context(), this.#caller.values())
    } catch (error) {
      this.#release()
      throw error
    }
    return this.#call(lift.core, () => lift.landingCore, flat, alone)
  }

  /** Does the step that the callback asked for: end, let others run, or wait. */
  #next(packed: number): void {
    const { code, index } = callbackCode(packed, this.lift.name)
    if (code === EXIT) return this.#end()
    this.#release()
    if (code === YIELD) {
      this.#wait(
        () => !this.#isExcluded,
        (cancelled, alone) => this.#resume(cancelled ? TASK_CANCELLED : NO_EVENT, alone),
      )
      return
    }
    const set = this.state.handles.get(index)
    if (!(set instanceof WaitableSet)) trap(`Cannot wait on handle ${index}: no waitable set`)
    set.waiting++
    this.#wait(
      () => !this.#isExcluded && set.ready,
      (cancelled, alone) => {
        set.waiting--
        return this.#resume(
          (cancelled ? undefined : set.poll(this.#store)) ?? TASK_CANCELLED,
          alone,
        )
      },
    )
  }

  #resume(event: WaitableEvent, alone: boolean): Promise<void> | undefined {
    const { callback } = this.lift
    if (callback === undefined) return undefined // Only tasks with a callback get here
    this.state.exclusive = this
    return this.#call(callback, () => this.lift.landingCallback, event, alone)
  }

  #wait(ready: () => boolean, resume: Waiting['resume']): void {
    const waiting: Waiting = {
      task: this,
      cancellable: true,
      onStack: false,
      cancelled: this.takeCancellation(),
      ready,
      resume,
    }
    this.#scheduler.add(waiting)
  }

  /**
   * Calls it on a separate stack when something it reaches may suspend, or when it may compute for long. `alone` means
   * that no frame of a guest is below; otherwise it can be paused only if its caller can.
   */
  #call(
    core: CoreFunction,
    landing: () => (...flat: FlatValue[]) => Promise<unknown>,
    flat: readonly FlatValue[],
    alone: boolean,
  ): Promise<void> | undefined {
    const store = this.#store
    const { suspends, long, index } = this.lift
    const { epoch, pinned } = store
    store.stacks.begin(index)
    if (!store.suspendable || !(suspends || long)) {
      store.pinned++
      const result = apply(core, flat)
      store.pinned = pinned
      this.land(result)
      return undefined
    }
    this.#gaveBack = false
    this.suspended = false
    if (alone || (long && pinned === 0)) store.surface()
    else store.pinned++
    landing()(...flat).catch((error: unknown) => {
      // A stack that an earlier call left behind was unwound when its store was reset.
      if (store.epoch === epoch) this.#scheduler.fail(error)
    })
    store.pinned = pinned
    if (this.#gaveBack) return undefined
    if (this.suspended) return this.control()
    // Neither returned nor suspended: it trapped, and the promise will bring the error.
    store.trapped()
    return undefined
  }

  #return(value: unknown): void {
    this.#scope?.checkReturned()
    this.#state = 'resolved'
    this.value = value
    this.#caller.returned(value)
  }

  #end(): void {
    if (this.#state !== 'resolved') trap(`Cannot leave "${this.lift.name}": it has not returned`)
    this.#release()
    this.#scope?.end()
    this.#ended = true
    this.#scheduler.ended(this)
  }

  #release(): void {
    if (this.state.exclusive === this) this.state.exclusive = undefined
  }

  #context(): AbiContext {
    return this.lift.context.begin(this.#caller.facesHost, this.#scope)
  }

  /** Runs `run` as this task, entered by `from`, and gives control back to the task that ran. */
  #during(
    from: InstanceState | undefined,
    run: () => Promise<void> | undefined | void,
  ): Promise<void> | undefined {
    const { state } = this
    const store = this.#store
    const before = store.task
    const leave = (): void => {
      store.task = before
      state.leave(from)
    }
    state.enter(from)
    store.task = this
    let paused: Promise<void> | undefined | void
    try {
      paused = run()
    } finally {
      if (paused === undefined) leave()
    }
    return paused?.then(leave)
  }
}
