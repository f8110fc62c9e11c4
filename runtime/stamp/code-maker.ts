/**
 * Makes the code of components: rewrites and compiles their core modules.
 *
 * @module
 */
import { webSha256 } from '../digest/index.ts'
import type { LinkPlan } from '../link/index.ts'
import type { CodeOptions, CoreCode } from './code-facts.ts'
import { CodeCache, type CodeStore } from './core-code.ts'
import type { PreparedCode, ShapeStore } from './shape-store.ts'
import type { Shape } from './shape.ts'

export class CodeMaker {
  readonly #codes: CodeCache

  constructor(store?: CodeStore) {
    this.#codes = new CodeCache(store)
  }

  /** Distinct core modules compiled. */
  get modules(): number {
    return this.#codes.size
  }

  /**
   * Returns the shape of `component` with its plan, of `shapes`. Give it back with `release`.
   *
   * @param code - its code, when it was prepared before
   * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_LIMIT_EXCEEDED
   */
  async acquire(
    shapes: ShapeStore,
    component: Uint8Array,
    plan: LinkPlan,
    suspending: ReadonlySet<number>,
    wanted: CodeOptions,
    code?: PreparedCode,
  ): Promise<Shape> {
    const prepared = code ?? (await this.prepare(component, plan, wanted))
    const others = { ...prepared.options, marks: false }
    return shapes.adopt(prepared, plan, suspending, () => this.prepare(component, plan, others))
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
