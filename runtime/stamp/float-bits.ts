/**
 * Mutable float globals as bits.
 *
 * A NaN has a payload, and one bit of it says whether it signals. A guest may keep both kinds in a global. If
 * JavaScript read the global as a number, the engine might change these bits on the way. So the host reads and
 * writes integers, through functions of this module:
 *
 * ```wat
 * (import "" "g" (global $g (mut f64)))
 * (func (export "get") (result i64) (i64.reinterpret_f64 (global.get $g)))
 * (func (export "set") (param i64) (global.set $g (f64.reinterpret_i64 (local.get 0))))
 * ```
 *
 * @module
 */

import { compileSmall } from '../modules/index.ts'

export type FloatType = 'f32' | 'f64'

interface Accessors {
  get(): number | bigint
  set(bits: unknown): void
}

const modules: Partial<Record<FloatType, WebAssembly.Module>> = {}

/** A float global. Its `value` has the bits: as a number for `f32`, as a bigint for `f64`. */
export class FloatBits {
  readonly #accessors: Accessors

  constructor(global: WebAssembly.Global, type: FloatType) {
    const module = (modules[type] ??= compileSmall(floatModule(type), 'read globals'))
    const { exports } = new WebAssembly.Instance(module, { '': { g: global } })
    this.#accessors = exports as unknown as Accessors // By the source
  }

  get value(): unknown {
    return this.#accessors.get()
  }

  set value(bits: unknown) {
    this.#accessors.set(bits)
  }
}

const ENCODINGS = {
  f32: { float: 0x7d, integer: 0x7f, toInteger: 0xbc, toFloat: 0xbe },
  f64: { float: 0x7c, integer: 0x7e, toInteger: 0xbd, toFloat: 0xbf },
} as const

/** The bytes of the module for globals of `type`. */
export function floatModule(type: FloatType): Uint8Array<ArrayBuffer> {
  const { float, integer, toInteger, toFloat } = ENCODINGS[type]
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, 0x09, 0x02, 0x60, 0x00, 0x01, integer, 0x60, 0x01, integer, 0x00], // Types
    ...[0x02, 0x07, 0x01, 0x00, 0x01, 0x67, 0x03, float, 0x01], // Import "" "g"
    ...[0x03, 0x03, 0x02, 0x00, 0x01], // Functions
    ...[0x07, 0x0d, 0x02, 0x03, 0x67, 0x65, 0x74, 0x00, 0x00], // Export "get"
    ...[0x03, 0x73, 0x65, 0x74, 0x00, 0x01], // Export "set"
    ...[0x0a, 0x0f, 0x02],
    ...[0x05, 0x00, 0x23, 0x00, toInteger, 0x0b],
    ...[0x07, 0x00, 0x20, 0x00, toFloat, 0x24, 0x00, 0x0b],
  ])
}
