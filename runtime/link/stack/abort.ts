/**
 * Unwinds guest frames with a trap.
 *
 * An exception thrown by JavaScript can be caught by a guest's `catch_all`; a trap cannot. The trap comes
 * from a module whose only function is `unreachable`.
 *
 * @module
 */

import { compileSmall } from '../../modules/index.ts'

// (module (func (export "abort") unreachable))
/** The bytes of the module. */
export const ABORT_MODULE: Uint8Array<ArrayBuffer> = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02,
  0x01, 0x00, 0x07, 0x09, 0x01, 0x05, 0x61, 0x62, 0x6f, 0x72, 0x74, 0x00, 0x00, 0x0a, 0x05, 0x01,
  0x03, 0x00, 0x00, 0x0b,
])

let unreachable: (() => void) | undefined

/**
 * Makes sure that guests can be unwound, before any runs.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE where the module cannot be had
 */
export function prepareAbort(): void {
  if (unreachable !== undefined) return
  const module = compileSmall(ABORT_MODULE, 'stop guests')
  unreachable = new WebAssembly.Instance(module).exports['abort'] as () => void // Its only export
}

/** Never returns. */
export function abort(): never {
  prepareAbort()
  unreachable?.()
  throw new WebAssembly.RuntimeError('unreachable')
}

/**
 * Returns the error of a trap. A stack that is resumed with it unwinds as if it had trapped by itself: V8 marks
 * the error, and a copy of it or an error made by JavaScript would be caught.
 */
export function trapError(): unknown {
  try {
    return abort()
  } catch (error) {
    return error
  }
}
