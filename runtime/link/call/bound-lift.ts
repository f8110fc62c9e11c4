/**
 * A lifted function of one store, its core functions looked up.
 *
 * @module
 */

import type { AbiContext, CoreFunction, FlatValue, Signature } from '../../abi/index.ts'
import type { CompiledContext, CompiledLift } from '../compiled.ts'
import { Entry } from '../stack/entry.ts'
import type { Execution } from '../execution.ts'
import { landing } from '../stack/landing.ts'
import type { CoreReference } from '../plan/link-plan.ts'
import type { Reach } from '../stack/reach.ts'

type Landing = (...flat: FlatValue[]) => Promise<unknown>

/** The store that lifted functions are bound to, as they see it. */
export type LiftStore = Execution & {
  readonly reach: Reach
  /** Lifted functions that may compute for long, by index. */
  readonly long: ReadonlySet<number>
  /** The lifted functions that are bound, by index. */
  readonly lifts: (BoundLift | undefined)[]
  context(compiled: CompiledContext): AbiContext
  function(reference: CoreReference): CoreFunction
}

/** A lifted function with its core functions and how they are entered. */
export class BoundLift {
  readonly index: number
  readonly name: string
  readonly signature: Signature
  readonly isAsync: boolean
  readonly context: AbiContext
  readonly core: CoreFunction
  readonly callback: CoreFunction | undefined
  readonly postReturn: CoreFunction | undefined
  /** Whether something it reaches may suspend: then it is entered through `promising` when the caller waits. */
  readonly suspends: boolean
  /** Whether it may compute for long: then it is entered so that it can be suspended when turns are taken. */
  readonly long: boolean
  /** Where one task runs at a time. */
  readonly entry: Entry
  readonly callbackEntry: Entry | undefined
  readonly #store: LiftStore
  #landingCore: Landing | undefined
  #landingCallback: Landing | undefined

  constructor(store: LiftStore, { name, signature, definition, context, index }: CompiledLift) {
    const { options } = definition
    this.#store = store
    this.index = index
    this.name = name
    this.signature = signature
    this.isAsync = options.async
    this.context = store.context(context)
    this.core = store.function(definition.core)
    this.callback = options.callback && store.function(options.callback)
    this.postReturn = options.postReturn && store.function(options.postReturn)
    this.suspends = store.reach.lifts.has(index)
    this.long = store.long.has(index)
    const { suspends, long, callback, core } = this
    const type = signature.liftedType(options.async, callback !== undefined)
    this.entry = new Entry(store, { name, type, core, suspends, long })
    this.callbackEntry =
      callback && new Entry(store, { name, type: CALLBACK, core: callback, suspends, long })
  }

  /** The core function on a separate stack. When it returns, the task that runs then lands. */
  get landingCore(): Landing {
    const { isAsync, callback } = this
    return (this.#landingCore ??= landing(
      this.signature.liftedType(isAsync, callback !== undefined),
      this.core,
      this.#land,
    ))
  }

  get landingCallback(): Landing {
    return (this.#landingCallback ??= landing(CALLBACK, this.callback ?? this.core, this.#land))
  }

  readonly #land = (result: unknown): void => {
    this.#store.task?.scheduled?.land(result)
  }
}

/** The core type of callbacks. */
export const CALLBACK = { params: ['i32', 'i32', 'i32'], result: 'i32' } as const

/** Returns the lifted function of `store`, made the first time. */
export function bind(store: LiftStore, lift: CompiledLift): BoundLift {
  return (store.lifts[lift.index] ??= new BoundLift(store, lift))
}
