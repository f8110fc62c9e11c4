/**
 * The packages that the engine is made of and with. A user has only what it was made into.
 *
 * @module
 */
import { pinnedPackages } from '../tool-packages.ts'

/** Their names. */
export const ENGINE_PACKAGES: readonly string[] = [
  'quickjs-wasi',
  'esbuild',
  '@bytecodealliance/jco',
  'assemblyscript',
  'binaryen',
]

/** Names and versions: part of the key of all that is built with the engine. */
export function engineTools(): readonly string[] {
  return pinnedPackages(ENGINE_PACKAGES)
}
