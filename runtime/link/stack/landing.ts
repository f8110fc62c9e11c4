/**
 * Notices at once that a core function on a separate stack has returned.
 *
 * A function of `WebAssembly.promising` returns a promise even when nothing suspended, and promises settle later. So a
 * caller could not know whether its callee is done. A landing is a core function around the callee, which hands the
 * result to the host before its stack ends:
 *
 * ```wat
 * (func (param …) (call $land (call $core (local.get 0) …)))
 * ```
 *
 * @module
 */

import type { CoreFunction, FlatType } from '../../abi/index.ts'
import { compileSmall } from '../../modules/index.ts'
import { HAS_STACK_SWITCHING, promising } from './stack-switching.ts'
import { leb, MAGIC, section, text, VALUE_TYPES, vector } from './tiny-module.ts'

/** Whether this platform can suspend the stacks of guests: it has JSPI. */
export function canSuspend(): boolean {
  return HAS_STACK_SWITCHING
}

/** A core function as it is lifted: at most one result. */
export interface CoreType {
  readonly params: readonly FlatType[]
  readonly result: FlatType | undefined
}

// By type: the same for every plan and store, and of no state.
const modules = new Map<string, WebAssembly.Module>()

/**
 * Returns `core` as a function that runs on a new stack, answers with a promise, and calls `land` before.
 *
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE where its module cannot be had
 */
export function landing(
  type: CoreType,
  core: CoreFunction,
  land: (result: unknown) => void,
): (...flat: (number | bigint)[]) => Promise<unknown> {
  const key = `${type.params.join()}:${type.result}`
  let module = modules.get(key)
  if (module === undefined) {
    module = compileSmall(landingModule(type), 'suspend guests')
    modules.set(key, module)
  }
  const { exports } = new WebAssembly.Instance(module, { '': { core, land } })
  return promising(exports['enter'] as CoreFunction) // Its only export
}

/** The bytes of the module for functions of `type`. */
export function landingModule({ params, result }: CoreType): Uint8Array<ArrayBuffer> {
  const inputs = vector(params.map((type) => [VALUE_TYPES[type]]))
  const results = vector(result === undefined ? [] : [[VALUE_TYPES[result]]])
  const code = [
    0x00, // No locals
    ...params.flatMap((_, local) => [0x20, ...leb(local)]), // local.get
    ...[0x10, 0x00], // call $core
    ...[0x10, 0x01], // call $land
    0x0b,
  ]
  return new Uint8Array([
    ...MAGIC,
    ...section(1, [
      [0x60, ...inputs, ...results],
      [0x60, ...results, 0x00],
      [0x60, ...inputs, 0x00],
    ]),
    ...section(2, [
      [...text(''), ...text('core'), 0x00, 0x00],
      [...text(''), ...text('land'), 0x00, 0x01],
    ]),
    ...section(3, [[0x02]]),
    ...section(7, [[...text('enter'), 0x00, 0x02]]),
    ...section(10, [[...leb(code.length), ...code]]),
  ])
}
