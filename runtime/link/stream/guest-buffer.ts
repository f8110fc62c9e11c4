/**
 * The part of a guest's memory that a copy reads or writes.
 *
 * It knows no store. The store that the guest is in when something is copied is passed.
 *
 * @module
 */

import {
  LIFT_BUDGET_BYTES,
  trap,
  type AbiContext,
  type Elements,
  type Values,
} from '../../abi/index.ts'
import type { CompiledContext } from '../compiled.ts'
import type { Store } from '../store.ts'

// A limit of the canonical ABI: the result of a copy has 28 bits for the number of elements.
const MAX_LENGTH = 2 ** 28 - 1

export class GuestBuffer {
  readonly length: number
  readonly elements: Elements
  /** How many elements were copied. */
  progress = 0
  readonly #compiled: CompiledContext
  readonly #pointer: number

  /** Traps when the range is not within the memory. */
  constructor(
    store: Store,
    compiled: CompiledContext,
    elements: Elements,
    pointer: number,
    length: number,
  ) {
    if (length > MAX_LENGTH) trap(`Cannot copy ${length} elements: they are too many`)
    if (elements.size > 0 && length > 0) {
      const { memory } = store.context(compiled)
      memory.refresh()
      memory.check(pointer, length * elements.size, elements.alignment)
    }
    this.length = length
    this.elements = elements
    this.#compiled = compiled
    this.#pointer = pointer
  }

  /** The component instance whose memory it is. */
  get instance(): number {
    return this.#compiled.options.instance
  }

  /** How many elements are left to copy. */
  get remain(): number {
    return this.length - this.progress
  }

  /** Lifts the next `count` elements for the host, and leaves them in the buffer. */
  peek(store: Store, count: number): Values {
    const context = store.context(this.#compiled)
    return context.aside(() => this.#load(context.begin(true, undefined), count))
  }

  /** Lowers values of the host. */
  fill(store: Store, values: Values, count: number): void {
    this.#store(store.context(this.#compiled).begin(true, undefined), values, count)
    this.progress += count
  }

  /** Copies as many elements as both have room for, to the buffer of another guest or part of the same. */
  copyTo(store: Store, target: GuestBuffer): void {
    const { weight } = this.elements
    // What one copy may lift is bounded. The rest is for the next copy.
    const most = weight === 0 ? MAX_LENGTH : Math.floor(LIFT_BUDGET_BYTES / weight)
    const count = Math.min(this.remain, target.remain, most)
    const source = store.context(this.#compiled)
    source.begin(false, undefined)
    const { memory } = store.context(target.#compiled)
    source.lends = source.memory !== memory
    const values = this.#load(source, count)
    target.#store(store.context(target.#compiled).begin(false, undefined), values, count)
    this.progress += count
    target.progress += count
  }

  #load(context: AbiContext, count: number): Values {
    const { elements } = this
    context.count(count * elements.size)
    const values = elements.load(context, this.#next, count)
    context.end()
    return values
  }

  #store(context: AbiContext, values: Values, count: number): void {
    const { elements } = this
    const { size, alignment } = elements
    if (size > 0 && count > 0) context.memory.claim(this.#next, count * size, alignment)
    context.count(count * size)
    elements.store(context, this.#next, values, count)
    context.end()
  }

  get #next(): number {
    return this.#pointer + this.progress * this.elements.size
  }
}
