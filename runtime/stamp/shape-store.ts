/**
 * Finds the shape of a component, or makes it.
 *
 * @module
 */
import { readMemoryLimits } from '../binary/index.ts'
import { compilePlan, type LinkPlan } from '../link/index.ts'
import { CodeCache, sha256, type CodeOptions, type CodeStore, type CoreCode } from './core-code.ts'
import { Shape } from './shape.ts'

/** What a shape was made from: the first component that had it. */
interface Source {
  readonly component: Uint8Array
  readonly plan: LinkPlan
}

export class ShapeStore {
  readonly #codes: CodeCache
  readonly #shapes = new Map<
    string,
    { readonly shape: Shape; readonly source: Source; users: number }
  >()

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
   * Returns the shape of `component`, whose plan is `plan`. Give it back with `release`.
   *
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_LIMIT_EXCEEDED
   */
  async acquire(
    component: Uint8Array,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
    wanted: CodeOptions,
  ): Promise<Shape> {
    const { codes, options } = await this.#rewrite(component, plan, wanted)
    // Where modules and sections lie in the file follows from the data, which is no part of a shape.
    const { modules: _modules, customSections: _sections, ...linking } = plan
    const text = JSON.stringify([codes.map(({ key }) => key), [...suspending], linking])
    const key = await sha256(new TextEncoder().encode(text))
    let entry = this.#shapes.get(key)
    if (entry === undefined) {
      const shape = new Shape({ key, plan: compilePlan(plan), codes, suspending, options })
      entry = { shape, source: { component, plan }, users: 0 }
      this.#shapes.set(key, entry)
    }
    entry.users++
    return entry.shape
  }

  /** Returns the same code without marks. Give it back with `release`. */
  unmarked({ key, suspending, options }: Shape): Promise<Shape> {
    const source = this.#shapes.get(key)?.source
    if (source === undefined) throw new TypeError('Cannot find shape: it was released')
    return this.acquire(source.component, source.plan, suspending, { ...options, marks: false })
  }

  /** Returns whether nobody uses `shape` any more. */
  release({ key }: Shape): boolean {
    const entry = this.#shapes.get(key)
    if (entry === undefined || --entry.users > 0) return false
    this.#shapes.delete(key)
    return true
  }

  /** What one module cannot have none of them gets: their memories are the same. */
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
    if (options.undoGrowth && !codes.every(({ countsGrowth }) => countsGrowth)) {
      const maxGrowthPages = growthShare(component, plan, options.maxMemoryPages)
      const others = { ...options, undoGrowth: false, marks: false, maxGrowthPages }
      return this.#rewrite(component, plan, others)
    }
    if (options.marks && codes.some(({ markable }) => !markable))
      return this.#rewrite(component, plan, { ...options, marks: false })
    return { codes, options }
  }
}

/** By how many pages each memory may grow, so that all of them together keep to `maxPages`. */
function growthShare(
  component: Uint8Array,
  { modules, steps }: LinkPlan,
  maxPages: number,
): number {
  const memories = steps.flatMap((step) => {
    const range = step.kind === 'instantiate' ? modules[step.module] : undefined
    return range === undefined ? [] : readMemoryLimits(component.subarray(range.start, range.end))
  })
  const declared = memories.reduce((sum, { minimum }) => sum + minimum, 0)
  return Math.max(0, Math.floor((maxPages - declared) / Math.max(1, memories.length)))
}
