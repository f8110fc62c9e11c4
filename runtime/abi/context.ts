/**
 * The data of an instance that lifting and lowering need. Codecs are compiled once for each shape; the context is
 * their only argument that differs between slots.
 *
 * @module
 */

import type { ErrorHolder } from './error-context.ts'
import type { GuestMemory } from './guest-memory.ts'
import { HandleTable, type BorrowScope } from './handle-table.ts'
import { trap } from './trap.ts'

export type Encoding = 'utf8' | 'utf16' | 'latin1+utf16'

/** A core function as JavaScript calls it. */
export type CoreFunction = (...flat: (number | bigint)[]) => unknown

/** The flags and handles of one component instance. */
export class InstanceState {
  /** The instance that instantiated this one; `undefined` for the outermost component. */
  readonly parent: InstanceState | undefined
  /** Off while `realloc` or `post-return` run: those may not call out. */
  mayLeave = true
  /** On while a call into this instance, or into one inside it, is on the stack. */
  entered = false
  backpressure = 0
  /** The task that runs or waits in the middle of code that only one task at a time may be in. */
  exclusive: object | undefined
  /** Tasks that wait to begin. */
  waiting = 0
  readonly handles: HandleTable = new HandleTable()

  constructor(parent?: InstanceState) {
    this.parent = parent
  }

  /**
   * Whether `caller`, an instance or the host, may call into this one. Entering an instance enters those
   * around it, but for those the caller is in already: so a parent may be called by the child it calls.
   */
  mayEnter(caller: InstanceState | undefined): boolean {
    if (this.entered && !isWithin(caller, this)) return false
    return this.parent?.mayEnter(caller) ?? true
  }

  /** `mayEnter` must have said so. */
  enter(caller: InstanceState | undefined): void {
    if (!isWithin(caller, this)) this.entered = true
    this.parent?.enter(caller)
  }

  /** Undoes `enter`. */
  leave(caller: InstanceState | undefined): void {
    if (!isWithin(caller, this)) this.entered = false
    this.parent?.leave(caller)
  }
}

function isWithin(inner: InstanceState | undefined, outer: InstanceState): boolean {
  for (let each = inner; each !== undefined; each = each.parent) if (each === outer) return true
  return false
}

/** What the two ends belong to. */
export type EndKind = 'stream' | 'future'

/** The type of the elements of a stream or future, compiled. Made by a `CodecSet`, which has one for each type. */
export interface Elements {
  /** In memory; 0 for elements without a value. */
  readonly size: number
  readonly alignment: number
  /** Whether they are numbers, or have no value. */
  readonly plain: boolean
  /** Whether the bytes of an element are all of it: it has no handles, and points to nothing. */
  readonly selfContained: boolean
  /** Bytes that one counts for where it is lifted, what it points to apart. */
  readonly weight: number
  /** From memory that was checked. */
  readonly load: (context: AbiContext, pointer: number, length: number) => Values
  /** Into memory that was claimed. */
  readonly store: (context: AbiContext, pointer: number, values: Values, length: number) => void
  /** Returns `chunk`, of the host, as values. @throws {ValueMismatch} */
  readonly accept: (chunk: unknown) => Values
  /** Values from `start` on, which the caller may keep. */
  readonly slice: (values: Values, start: number, end: number) => Values
}

/** Elements that travel together. Elements without a value are counted. */
export type Values = ArrayLike<unknown> | number

/** How resources, streams and futures cross between guests and host. Representations of host resources are the objects themselves. */
export interface ResourceBridge {
  /** Counts the error contexts that it keeps for the guest. */
  readonly host: ErrorHolder
  /** The instance that defines `resource`; `undefined` when the host does. */
  implementer(resource: number): InstanceState | undefined
  ownToHost(resource: number, rep: unknown): unknown
  borrowToHost(resource: number, rep: unknown, scope: BorrowScope): unknown
  /** @throws {ValueMismatch} */
  ownFromHost(resource: number, value: unknown): unknown
  /** @throws {ValueMismatch} */
  borrowFromHost(resource: number, value: unknown, scope: BorrowScope): unknown
  /** Takes the readable end with that number away from the guest. */
  liftEnd(context: AbiContext, kind: EndKind, elements: Elements, handle: number): unknown
  /** Returns the number of the end that the guest now has. @throws {ValueMismatch} */
  lowerEnd(context: AbiContext, kind: EndKind, elements: Elements, value: unknown): number
  /** Called with the bytes that a call has passed, unless they are few. */
  passed(bytes: number): void
  /** Returns a copy of bytes of a result, in the way of the host. */
  copyResult(bytes: Uint8Array): Uint8Array
}

/**
 * How many bytes of lists and strings one call may lift, the objects they become included. A guest can let many lists share their bytes, so
 * the size of its memory bounds nothing: 1 MiB of `list<list<u8>>` can stand for 128 GiB.
 */
export const LIFT_BUDGET_BYTES: number = 2 ** 26

// Passing less costs no more than the call it is part of.
const UNCOUNTED_BYTES = 256

// Fewer are copied in less time than the host would need to say how.
const MANY_BYTES = 65_536

export class AbiContext {
  readonly memory: GuestMemory
  readonly encoding: Encoding
  readonly state: InstanceState
  readonly bridge: ResourceBridge
  readonly #realloc: CoreFunction | undefined
  /** Whether the other side of the running lift or lower is the host. */
  facesHost = true
  /**
   * Whether bytes are lifted as a view of the memory. The caller then lowers them before a guest can write there.
   * `begin` resets it.
   */
  lends = false
  /** Whether the result of a call of the host is lifted, which is then the host's alone. `begin` resets it. */
  returns = false
  /** The length of the string that was encoded last: its second result, read at once. */
  encodedLength = 0
  #scope: BorrowScope | undefined
  #budget = LIFT_BUDGET_BYTES
  /** Bytes written into the guest since `begin`, and bytes of the values they were made from. */
  #lowered = 0

  constructor(
    memory: GuestMemory,
    encoding: Encoding,
    state: InstanceState,
    bridge: ResourceBridge,
    realloc: CoreFunction | undefined,
  ) {
    this.memory = memory
    this.encoding = encoding
    this.state = state
    this.bridge = bridge
    this.#realloc = realloc
  }

  /** Must be called before each lift or lower. `scope` may be left out when no borrow is among the types. */
  begin(facesHost: boolean, scope: BorrowScope | undefined): this {
    this.facesHost = facesHost
    this.lends = false
    this.returns = false
    this.#scope = scope
    this.#budget = LIFT_BUDGET_BYTES
    this.#lowered = 0
    this.memory.refresh()
    return this
  }

  /** Runs `run`, which begins another lift or lower, in the middle of one. */
  aside<T>(run: () => T): T {
    const { facesHost, lends, returns } = this
    const scope = this.#scope
    const budget = this.#budget
    const lowered = this.#lowered
    const result = run() // When it throws, the guest has failed, and with it the lift
    this.facesHost = facesHost
    this.lends = lends
    this.returns = returns
    this.#scope = scope
    this.#budget = budget
    this.#lowered = lowered
    return result
  }

  /** Must be called after each lift or lower: reports the bytes to the host. */
  end(): void {
    const bytes = LIFT_BUDGET_BYTES - this.#budget + this.#lowered
    if (bytes > UNCOUNTED_BYTES) this.bridge.passed(bytes)
  }

  /** Bytes of the memory, for as long as their reader wants. */
  bytesAt(pointer: number, length: number): Uint8Array {
    const { bytes } = this.memory
    if (this.lends) return bytes.subarray(pointer, pointer + length)
    if (this.returns && length > MANY_BYTES)
      return this.bridge.copyResult(bytes.subarray(pointer, pointer + length))
    return bytes.slice(pointer, pointer + length)
  }

  get scope(): BorrowScope {
    return this.#scope ?? trap('Cannot pass a borrowed handle: no call to return it to')
  }

  /** Checks a range of a list or string that is about to be lifted. */
  admit(pointer: number, byteLength: number, alignment: number): void {
    this.memory.check(pointer, byteLength, alignment)
    this.charge(byteLength)
  }

  /** Counts bytes that a value being lifted takes, in the guest or the host. */
  charge(byteLength: number): void {
    this.#budget -= byteLength
    if (this.#budget < 0) {
      trap(`Cannot lift a value: its lists and strings exceed ${LIFT_BUDGET_BYTES} bytes`)
    }
  }

  /** Counts bytes that a value being lowered takes, in the guest or the host. */
  count(byteLength: number): void {
    this.#lowered += byteLength
  }

  /** Returns a range of guest memory, checked and marked. */
  allocate(byteLength: number, alignment: number): number {
    const realloc = this.#realloc ?? trap('Cannot allocate in the guest: it has no realloc')
    this.state.mayLeave = false
    const pointer = (realloc(0, 0, alignment, byteLength) as number) >>> 0 // An i32
    this.state.mayLeave = true
    this.memory.refresh()
    this.#lowered += byteLength
    this.memory.claim(pointer, byteLength, alignment)
    return pointer
  }
}
