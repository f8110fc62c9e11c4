/**
 * Lets an import answer at once or later.
 *
 * A `WebAssembly.Suspending` import traps unless the stack was entered through `WebAssembly.promising`, even
 * when it has no promise to wait for (V8 14.6). A gate is a core function in between: it calls a plain
 * function and, only if that left a promise behind, a suspending one:
 *
 * ```wat
 * (func (param …) (result …)
 *   (local.set $result (call $run (local.get 0) …))
 *   (if (global.get $waits) (then (local.set $result (call $wait))))
 *   (local.get $result))
 * ```
 *
 * The module depends on the plan and on the imports that suspend, so it is made once for both. Where no stack can be
 * suspended, imports need no gate, because they leave no promise behind.
 *
 * @module
 */

import type { FlatType, FlatValue } from '../../abi/index.ts'
import { compileSmall } from '../../modules/index.ts'
import { HAS_STACK_SWITCHING, Suspending } from './stack-switching.ts'
import { leb, MAGIC, section, text, VALUE_TYPES, vector } from './tiny-module.ts'

/** The core type of a function that may suspend. */
export interface GateType {
  readonly params: readonly FlatType[]
  readonly result: FlatType | undefined
}

type Run = (...flat: FlatValue[]) => unknown

/** The gates of one plan, for one choice of imports that suspend. */
export class GateModule {
  readonly #types: readonly GateType[]
  #module: WebAssembly.Module | undefined

  constructor(types: readonly GateType[]) {
    this.#types = types
  }

  /** The bytes of the module. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return encodeGates(this.#types)
  }

  /**
   * Makes the core functions of one store from functions that return a value or a native promise.
   *
   * @throws {MayflyError} ERR_HOST_UNAVAILABLE where the module cannot be had
   */
  instantiate(runs: readonly Run[]): readonly unknown[] {
    if (!HAS_STACK_SWITCHING) return runs
    const module = (this.#module ??= compileSmall(this.bytes, 'let imports wait'))
    const waits = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
    let promise: unknown
    const imports: WebAssembly.ModuleImports = { waits }
    for (const [index, run] of runs.entries()) {
      const zero = this.#types[index]?.result === 'i64' ? 0n : 0
      imports[`run${index}`] = (...flat: FlatValue[]) => {
        const value = run(...flat)
        if (!(value instanceof Promise)) return value
        promise = value
        waits.value = 1
        return zero
      }
      imports[`wait${index}`] = new Suspending(() => {
        const taken = promise
        promise = undefined
        waits.value = 0
        return taken
      }) as WebAssembly.ImportValue // TypeScript's type of imports lacks it
    }
    const { exports } = new WebAssembly.Instance(module, { gate: imports })
    return runs.map((_, index) => exports[`gate${index}`])
  }
}

// Two types (the function's and its waiting half's) and two imports for each gate; gates follow in order.
function encodeGates(types: readonly GateType[]): Uint8Array<ArrayBuffer> {
  const signatures = types.flatMap(({ params, result }) => {
    const results = vector(result === undefined ? [] : [[VALUE_TYPES[result]]])
    return [
      [0x60, ...vector(params.map((type) => [VALUE_TYPES[type]])), ...results],
      [0x60, 0x00, ...results],
    ]
  })
  const imports = types.flatMap((_, index) => [
    [...text('gate'), ...text(`run${index}`), 0x00, ...leb(index * 2)],
    [...text('gate'), ...text(`wait${index}`), 0x00, ...leb(index * 2 + 1)],
  ])
  const waits = [...text('gate'), ...text('waits'), 0x03, VALUE_TYPES.i32, 0x01]
  const first = types.length * 2
  return new Uint8Array([
    ...MAGIC,
    ...section(1, signatures),
    ...section(2, [...imports, waits]),
    ...section(
      3,
      types.map((_, index) => leb(index * 2)),
    ),
    ...section(
      7,
      types.map((_, index) => [...text(`gate${index}`), 0x00, ...leb(first + index)]),
    ),
    ...section(10, types.map(encodeBody)),
  ])
}

function encodeBody({ params, result }: GateType, index: number): number[] {
  const kept = params.length // The local that holds the result
  const keep = result === undefined ? [] : [0x21, ...leb(kept)] // local.set
  const code = [
    ...(result === undefined ? [0x00] : [0x01, 0x01, VALUE_TYPES[result]]), // Locals
    ...params.flatMap((_, local) => [0x20, ...leb(local)]), // local.get
    0x10, // call $run
    ...leb(index * 2),
    ...keep,
    0x23, // global.get $waits
    0x00,
    0x04, // if, without a result
    0x40,
    0x10, // call $wait
    ...leb(index * 2 + 1),
    ...keep,
    0x0b,
    ...(result === undefined ? [] : [0x20, ...leb(kept)]),
    0x0b,
  ]
  return [...leb(code.length), ...code]
}
