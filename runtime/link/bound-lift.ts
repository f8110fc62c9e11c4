/**
 * A lifted function of one slot, its core functions looked up.
 *
 * @module
 */

import type { AbiContext, CoreFunction, Signature } from '../abi/index.ts'
import type { CompiledLift } from './compile.ts'
import type { Slot } from './slot.ts'

export class BoundLift {
  readonly name: string
  readonly signature: Signature
  readonly isAsync: boolean
  readonly context: AbiContext
  readonly core: CoreFunction
  readonly callback: CoreFunction | undefined
  readonly postReturn: CoreFunction | undefined
  /** Whether something it reaches may suspend: then it is entered through `promising` when the caller waits. */
  readonly suspends: boolean
  #promisingCore: CoreFunction | undefined
  #promisingCallback: CoreFunction | undefined

  constructor(slot: Slot, { name, signature, definition, context, index }: CompiledLift) {
    const { options } = definition
    this.name = name
    this.signature = signature
    this.isAsync = options.async
    this.context = slot.context(context)
    this.core = slot.function(definition.core)
    this.callback = options.callback && slot.function(options.callback)
    this.postReturn = options.postReturn && slot.function(options.postReturn)
    this.suspends = slot.reach.lifts.has(index)
  }

  get promisingCore(): CoreFunction {
    return (this.#promisingCore ??= promising(this.core))
  }

  get promisingCallback(): CoreFunction | undefined {
    return (this.#promisingCallback ??= this.callback && promising(this.callback))
  }
}

export function bind(slot: Slot, lift: CompiledLift): BoundLift {
  return (slot.lifts[lift.index] ??= new BoundLift(slot, lift))
}

// Not in TypeScript's library yet.
const { promising } = WebAssembly as unknown as {
  promising: (core: CoreFunction) => CoreFunction
}
