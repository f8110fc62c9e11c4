/**
 * Finds the shape of a component, or makes it.
 *
 * @module
 */
import { webSha256 } from '../digest/index.ts'
import { compilePlan, type LinkPlan } from '../link/index.ts'
import { CodeCache, type CodeOptions, type CodeStore, type CoreCode } from './core-code.ts'
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
  readonly #codes: CodeCache
  readonly #shapes = new Map<string, Entry>()

  constructor(store?: CodeStore) {
    this.#codes = new CodeCache(store)
  }

  /** Shapes in use. */
  get size(): number {
    return this.#shapes.size
  }

  /** Distinct core modules compiled. */
  get modules(): number {
    return this.#codes.size
  }

  /**
   * Returns the shape of `component` with its plan. Give it back with `release`.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_LIMIT_EXCEEDED
   */
  async acquire(
    component: Uint8Array,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
    wanted: CodeOptions,
  ): Promise<Shape> {
    const code = await this.prepare(component, plan, wanted)
    const others = { ...code.options, marks: false }
    return this.adopt(code, plan, suspending, () => this.prepare(component, plan, others))
  }

  /**
   * Rewrites and compiles the core modules of `component`.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_LIMIT_EXCEEDED
   */
  async prepare(component: Uint8Array, plan: LinkPlan, wanted: CodeOptions): Promise<PreparedCode> {
    const { codes, options } = await this.#rewrite(component, plan, wanted)
    // The offsets of modules and sections depend on the data, and data is not part of a shape.
    const { modules: _modules, customSections: _sections, ...linking } = plan
    return { codes, options, linking: await hashOf(linking) }
  }

  /** Returns the shape of `code` with its plan. Give it back with `release`. */
  async adopt(
    { codes, options, linking }: PreparedCode,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
    unmarked: Unmarked | undefined,
  ): Promise<Shape> {
    const key = await hashOf([codes.map((code) => code.key), [...suspending], linking])
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
    const { unmarked } = this.#entryOf(key)
    if (unmarked === undefined)
      throw new TypeError('Cannot find code without marks: none was given')
    return unmarked()
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

  /** If one module cannot have marks, no module gets them, because modules share memories. */
  async #rewrite(
    component: Uint8Array,
    plan: LinkPlan,
    options: CodeOptions,
  ): Promise<{ codes: readonly CoreCode[]; options: CodeOptions }> {
    const codes = await Promise.all(
      plan.modules.map(({ start, end }) =>
        this.#codes.get(component.subarray(start, end), options),
      ),
    )
    if (options.marks && codes.some(({ markable }) => !markable))
      return this.#rewrite(component, plan, { ...options, marks: false })
    return { codes, options }
  }
}

function hashOf(value: unknown): Promise<string> {
  return webSha256(JSON.stringify(value))
}
