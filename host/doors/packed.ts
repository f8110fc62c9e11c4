/**
 * Agents that `mayfly pack` wrote, loaded without decoding, validating, rewriting or compiling anything. Portable, also to
 * platforms that compile no WebAssembly at run time.
 *
 * @module
 */
export {
  loadPacked,
  type LoadedPack,
  type LoadPackedOptions,
  type Pack,
} from '../../runtime/presets/index.ts'
export {
  PackedRuntime,
  type GivenModules,
  type PackedFiles,
  type PackedRuntimeOptions,
} from '../../runtime/packed/index.ts'
