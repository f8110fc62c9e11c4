/**
 * Knows, at each point of a function, which stores need no mark because an earlier mark covers them.
 *
 * A mark on the page of an address covers that page and `MARK_SLACK_BYTES` after it, since restoring copies
 * that much. So a store at a small offset from an address whose page is marked already needs no mark. Marks last
 * until the slot is stamped again, so only one thing must be proved: that the mark was executed. It was, if it
 * dominates the store. Facts learned inside a block are dropped at the end of the block, because other code may have
 * jumped there. The value of a local is dropped where paths with different assignments meet; at a loop header that
 * holds for every local that is assigned later on.
 *
 * Values have numbers. Two reads of a local have the same number if it cannot have been assigned between them. Facts
 * are about numbers, so an assignment to a local invalidates no fact. The sum of a value and a constant has a number
 * too, and a fact about one number holds for the other: addresses are equal if they are equal modulo 2^32, since no
 * memory that is marked ends within a page of 4 GiB.
 *
 * @module
 */

/** Bytes after a marked block that are restored with it. Doubling it twice saves 1 % (QuickJS), so why copy more. */
export const MARK_SLACK_BYTES = 256

const NOWHERE = -1
/** The number of the value 0, which constants are sums with. */
const ZERO = 0
/** More than there are in a function: each takes a byte of a module at least. */
const MAX_VALUES = 2 ** 32
/** Marks remembered for one value: each is looked at for each store. */
const MAX_MARKS = 16
const NONE: readonly number[] = []

export class MarkTracker {
  readonly #stackValues: number[] = []
  readonly #stackLocals: number[] = []
  #height = 0
  readonly #localValues: number[] = []
  readonly #localTimes: number[] = []
  #lastAssignments: ReadonlyMap<number, number> = new Map()
  #time = 0
  #loopTime = 0
  #values = 0
  // Each value as a sum of another value (its root) and a constant (its delta).
  readonly #roots: number[] = []
  readonly #deltas: number[] = []
  // Spans at whose end paths meet: a local assigned inside is unknown after it. Disjoint, in order.
  readonly #joinStarts: number[] = []
  readonly #joinEnds: number[] = []
  // By memory and root: where marks were made, as distances from it.
  readonly #marked = new Map<number, readonly number[]>()
  readonly #trail: number[] = []
  /** Offset into the module of the instruction that is looked at. */
  position = 0

  /** `lastAssignments` says where each local is assigned last. */
  begin(locals: number, lastAssignments: ReadonlyMap<number, number>): void {
    this.#lastAssignments = lastAssignments
    this.#height = 0
    this.#time = 1
    this.#loopTime = 0
    this.#values = 0
    this.#roots.length = 0
    this.#deltas.length = 0
    this.#value()
    this.#joinStarts.length = 0
    this.#joinEnds.length = 0
    this.#marked.clear()
    this.#trail.length = 0
    this.#localValues.length = 0
    this.#localTimes.length = 0
    for (let local = 0; local < locals; local++) {
      this.#localValues.push(this.#value())
      this.#localTimes.push(0)
    }
  }

  get height(): number {
    return this.#height
  }

  /** A moment, for `joinSince`. */
  get time(): number {
    return this.#time
  }

  /** A position among the facts, for `forgetSince`. */
  get facts(): number {
    return this.#trail.length
  }

  /** The top operands become `left` unknown ones. */
  replace(taken: number, left: number): void {
    this.setHeight(this.#height - taken, left)
  }

  /** Replaces all operands above `height` by `unknown` new values. */
  setHeight(height: number, unknown: number): void {
    this.#height = height
    for (let i = 0; i < unknown; i++) this.#push(this.#value(), NOWHERE)
  }

  constant(value: number): void {
    this.#push(this.#value(ZERO, value), NOWHERE)
  }

  /** The two top operands are added, or with a `sign` of -1 the upper one is subtracted. */
  add(sign: 1 | -1): void {
    const right = this.#stackValues[this.#height - 1] ?? ZERO
    const left = this.#stackValues[this.#height - 2] ?? ZERO
    this.#height -= 2
    this.#push(this.#sum(left, right, sign), NOWHERE)
  }

  localGet(local: number): void {
    this.#push(this.#valueOf(local), local)
  }

  localSet(local: number): void {
    this.#height--
    this.#assign(local, this.#stackValues[this.#height] ?? NOWHERE)
  }

  localTee(local: number): void {
    const top = this.#height - 1
    this.#assign(local, this.#stackValues[top] ?? NOWHERE)
    this.#stackLocals[top] = local
  }

  /** The local that still holds the operand `depth` below the top, or -1. */
  localAt(depth: number): number {
    const at = this.#height - 1 - depth
    const local = this.#stackLocals[at] ?? NOWHERE
    if (local === NOWHERE) return NOWHERE
    return this.#valueOf(local) === this.#stackValues[at] ? local : NOWHERE
  }

  /** Whether a store to `memory` of `bytes` at `offset` from the operand `depth` below the top is covered. */
  covers(memory: number, depth: number, offset: number, bytes: number): boolean {
    const value = this.#stackValues[this.#height - 1 - depth] ?? ZERO
    const start = (this.#deltas[value] ?? 0) + offset
    return (this.#marked.get(this.#place(memory, value)) ?? NONE).some(
      (from) => from <= start && start + bytes <= from + MARK_SLACK_BYTES,
    )
  }

  /** Notes that the page of `memory` at `from` bytes after the operand `depth` below the top is marked. */
  note(memory: number, depth: number, from: number): void {
    const value = this.#stackValues[this.#height - 1 - depth] ?? ZERO
    const place = this.#place(memory, value)
    const marks = this.#marked.get(place) ?? NONE
    if (marks.length === MAX_MARKS) return
    this.#trail.push(place)
    this.#marked.set(place, [...marks, (this.#deltas[value] ?? 0) + from])
  }

  forgetSince(facts: number): void {
    while (this.#trail.length > facts) {
      const place = this.#trail.pop() ?? ZERO
      this.#marked.set(place, (this.#marked.get(place) ?? NONE).slice(0, -1))
    }
  }

  /** Paths meet here that parted at `time`: locals assigned since then hold unknown values. */
  joinSince(time: number): void {
    while ((this.#joinStarts.at(-1) ?? -Infinity) >= time) {
      this.#joinStarts.pop()
      this.#joinEnds.pop()
    }
    this.#joinStarts.push(time)
    this.#joinEnds.push(++this.#time)
  }

  /** A loop begins: locals that are assigned from here on hold unknown values, each time round. */
  loop(): void {
    this.#loopTime = ++this.#time
  }

  /** The root of a value, as an address of one memory: a mark in one memory says nothing about another. */
  #place(memory: number, value: number): number {
    return memory * MAX_VALUES + (this.#roots[value] ?? value)
  }

  /** A new value: unknown, or the sum of a root and a constant. */
  #value(root: number = this.#values, delta = 0): number {
    this.#roots.push(root)
    this.#deltas.push(delta)
    return this.#values++
  }

  #sum(left: number, right: number, sign: 1 | -1): number {
    const [leftRoot = ZERO, rightRoot = ZERO] = [this.#roots[left], this.#roots[right]]
    const delta = (this.#deltas[left] ?? 0) + sign * (this.#deltas[right] ?? 0)
    if (rightRoot === ZERO) return this.#value(leftRoot, delta)
    if (leftRoot === ZERO && sign === 1) return this.#value(rightRoot, delta)
    return this.#value()
  }

  #push(value: number, local: number): void {
    this.#stackValues[this.#height] = value
    this.#stackLocals[this.#height] = local
    this.#height++
  }

  #assign(local: number, value: number): void {
    this.#localValues[local] = value
    this.#localTimes[local] = ++this.#time
  }

  #valueOf(local: number): number {
    const time = this.#localTimes[local] ?? 0
    const changing = (this.#lastAssignments.get(local) ?? NOWHERE) >= this.position
    if (this.#joined(time) || (changing && time < this.#loopTime))
      this.#assign(local, this.#value())
    return this.#localValues[local] ?? NOWHERE
  }

  /** Whether `time` lies inside a span: after its start, at or before its end. */
  #joined(time: number): boolean {
    let low = 0
    let high = this.#joinEnds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#joinEnds[middle] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low < this.#joinStarts.length && (this.#joinStarts[low] ?? 0) < time
  }
}
