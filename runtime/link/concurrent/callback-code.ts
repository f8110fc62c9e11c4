/**
 * The result of a callback: the next step of its task.
 *
 * @module
 */

import { trap } from '../../abi/index.ts'

/** The task has ended. */
export const EXIT = 0
/** Others may run, then the callback is called again. */
export const YIELD = 1
/** The callback is called with the next event of a waitable set. */
export const WAIT = 2

/** A code in the low four bits, the number of a waitable set in those above. */
export function callbackCode(packed: number, name: string): { code: number; index: number } {
  const code = packed & 0xf
  if (code > WAIT) trap(`Cannot resume "${name}": there is no callback code ${code}`)
  return { code, index: packed >>> 4 }
}
