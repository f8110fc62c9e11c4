/**
 * Knows, at each point of a function, which stores need no mark because one before them marked enough.
 *
 * A mark on the page of an address covers that page and `MARK_SLACK_BYTES` after it, since restoring copies
 * that much. So a store at a small offset from an address whose page is marked already needs no mark. Marks
 * last until the slot is stamped again, so what was marked stays marked; the one thing to prove is that the
 * mark was executed. It was, if it dominates the store: what is learned inside a block is forgotten where
 * the block ends (others may have jumped there), and what a local holds is forgotten where paths with
 * different assignments meet, at a loop header for every local.
 *
 * Values have numbers. Two reads of a local have the same number if nothing can have been assigned between
 * them, and facts are about numbers, so that an assignment to a local invalidates nothing.
 *
 * @module
 */

/** Bytes after a marked page that are restored with it. Doubling it twice saves 1 % (QuickJS), so why copy more. */
export const MARK_SLACK_BYTES = 256

const NOWHERE = -1

export class MarkTracker {
  readonly #stackValues: number[] = []
  readonly #stackLocals: number[] = []
  #height = 0
  readonly #localValues: number[] = []
  readonly #localTimes: number[] = []
  #time = 0
  #values = 0
  // Spans between whose ends paths meet: what was assigned inside is unknown after. Disjoint, in order.
  readonly #joinStarts: number[] = []
  readonly #joinEnds: number[] = []
  readonly #marked = new Map<number, number>()
  readonly #trail: number[] = []

  begin(locals: number): void {
    this.#height = 0
    this.#time = 1
    this.#values = 0
    this.#joinStarts.length = 0
    this.#joinEnds.length = 0
    this.#marked.clear()
    this.#trail.length = 0
    this.#localValues.length = 0
    this.#localTimes.length = 0
    for (let local = 0; local < locals; local++) {
      this.#localValues.push(this.#values++)
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

  /** Whatever is above `height` is replaced by `unknown` values. */
  setHeight(height: number, unknown: number): void {
    this.#height = height
    for (let i = 0; i < unknown; i++) this.#push(this.#values++, NOWHERE)
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

  /** Whether a store of `bytes` at `offset` from the operand `depth` below the top is covered. */
  covers(depth: number, offset: number, bytes: number): boolean {
    const from = this.#marked.get(this.#stackValues[this.#height - 1 - depth] ?? NOWHERE)
    return from !== undefined && from <= offset && offset + bytes <= from + MARK_SLACK_BYTES
  }

  /** Notes that the page at `from` bytes after the operand `depth` below the top is marked. */
  note(depth: number, from: number): void {
    const value = this.#stackValues[this.#height - 1 - depth] ?? NOWHERE
    this.#trail.push(value, this.#marked.get(value) ?? NOWHERE)
    this.#marked.set(value, from)
  }

  forgetSince(facts: number): void {
    while (this.#trail.length > facts) {
      const before = this.#trail.pop() ?? NOWHERE
      const value = this.#trail.pop() ?? NOWHERE
      if (before === NOWHERE) this.#marked.delete(value)
      else this.#marked.set(value, before)
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
    if (this.#joined(this.#localTimes[local] ?? 0)) this.#assign(local, this.#values++)
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
