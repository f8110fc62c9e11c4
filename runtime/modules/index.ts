/** The one place that compiles WebAssembly modules. @module */
export { compileModule, compileSmall, giveSmall, PACK_HINT } from './modules.ts'
