/**
 * A lifted function of one slot, its core functions looked up.
 *
 * @module
 */

import type { AbiContext, CoreFunction, FlatValue, Signature } from '../abi/index.ts'
import type { CompiledLift } from './compile.ts'
import { ConcurrentTask } from './concurrent-task.ts'
import { Entry } from './entry.ts'
import { landing } from './landing.ts'
import type { Slot } from './store.ts'

type Landing = (...flat: FlatValue[]) => Promise<unknown>

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
  readonly #slot: Slot
  #landingCore: Landing | undefined
  #landingCallback: Landing | undefined

  constructor(slot: Slot, { name, signature, definition, context, index }: CompiledLift) {
    const { options } = definition
    this.#slot = slot
    this.index = index
    this.name = name
    this.signature = signature
    this.isAsync = options.async
    this.context = slot.context(context)
    this.core = slot.function(definition.core)
    this.callback = options.callback && slot.function(options.callback)
    this.postReturn = options.postReturn && slot.function(options.postReturn)
    this.suspends = slot.reach.lifts.has(index)
    this.long = slot.long.has(index)
    const { suspends, long, callback, core } = this
    const type = signature.liftedType(options.async, callback !== undefined)
    this.entry = new Entry(slot, { name, type, core, suspends, long })
    this.callbackEntry =
      callback && new Entry(slot, { name, type: CALLBACK, core: callback, suspends, long })
  }

  /** The core function on a stack of its own: the task that runs when it returns is told. */
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
    const { task } = this.#slot
    if (task instanceof ConcurrentTask) task.land(result)
  }
}

const CALLBACK = { params: ['i32', 'i32', 'i32'], result: 'i32' } as const

export function bind(slot: Slot, lift: CompiledLift): BoundLift {
  return (slot.lifts[lift.index] ??= new BoundLift(slot, lift))
}
