/**
 * Finds the shape of compiled code, or makes it.
 *
 * @module
 */
import { compilePlan, type LinkPlan } from '../link/index.ts'
import type { CodeOptions, CoreCode } from './code-facts.ts'
import { Shape } from './shape.ts'

/** The compiled code of a component: data that threads of one process can send each other. */
export interface PreparedCode {
  readonly codes: readonly CoreCode[]
  /** The options the modules were rewritten with; they can differ from the options the caller wanted. */
  readonly options: CodeOptions
  /** Hash of the plan. */
  readonly linking: string
}

/** Makes the code without marks, when that is wanted. */
type Unmarked = () => Promise<PreparedCode>

interface Entry {
  readonly shape: Shape
  readonly linking: string
  /** Of the first component that had the shape and could tell. */
  unmarked: Unmarked | undefined
  users: number
}

export class ShapeStore {
  readonly #shapes = new Map<string, Entry>()

  /** Shapes in use. */
  get size(): number {
    return this.#shapes.size
  }

  /** Returns the shape of `code` with its plan. Give it back with `release`. */
  adopt(
    { codes, options, linking }: PreparedCode,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
    unmarked: Unmarked | undefined,
  ): Shape {
    const key = JSON.stringify([codes.map((code) => code.key), [...suspending], linking])
    let entry = this.#shapes.get(key)
    if (entry === undefined) {
      const compiled = this.#planOf(linking) ?? compilePlan(plan)
      const shape = new Shape({ key, plan: compiled, codes, suspending, options })
      entry = { shape, linking, unmarked, users: 0 }
      this.#shapes.set(key, entry)
    }
    entry.unmarked ??= unmarked
    entry.users++
    return entry.shape
  }

  /** The code that `shape` was made of. */
  codeOf({ key, codes, options }: Shape): PreparedCode {
    return { codes, options, linking: this.#entryOf(key).linking }
  }

  /**
   * Makes the same code without marks.
   *
   * @throws {MayflyError} as `prepare` does
   */
  async prepareUnmarked({ key }: Shape): Promise<PreparedCode> {
    const entry = this.#entryOf(key)
    const { unmarked } = entry
    if (unmarked === undefined)
      throw new TypeError('Cannot find code without marks: none was given')
    const code = await unmarked()
    // In place of the function: that keeps a component.
    entry.unmarked = () => Promise.resolve(code)
    return code
  }

  /**
   * Returns the shape of the same code without marks. Give it back with `release`.
   *
   * @throws {MayflyError} as `prepare` does
   */
  async unmarked(shape: Shape): Promise<Shape> {
    const code = await this.prepareUnmarked(shape)
    return this.adopt(code, shape.plan.link, shape.suspending, undefined)
  }

  /** Ends one use of `shape`. Returns whether it was the last use. */
  release({ key }: Shape): boolean {
    const entry = this.#shapes.get(key)
    if (entry === undefined || --entry.users > 0) return false
    this.#shapes.delete(key)
    return true
  }

  /** Shapes of one component have one plan, so that calls can move from one to the other. */
  #planOf(linking: string): Shape['plan'] | undefined {
    for (const entry of this.#shapes.values())
      if (entry.linking === linking) return entry.shape.plan
    return undefined
  }

  #entryOf(key: string): Entry {
    const entry = this.#shapes.get(key)
    if (entry === undefined) throw new TypeError('Cannot find shape: it was released')
    return entry
  }
}
