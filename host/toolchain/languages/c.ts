/**
 * C: a program that reads standard input and writes standard output, compiled by the clang of this machine
 * with wasi-libc and adapted from WASI 0.1. Some ten kilobytes.
 *
 * @module
 */
import { adaptCoreModule } from '../adapt-core-module.ts'
import { compileC } from './compile-c.ts'
import type { BuildEngine } from './language.ts'

export const c: BuildEngine = {
  async prepare(build) {
    const { binary, inputs } = await compileC(build)
    return { parts: [binary], inputs, componentize: () => adaptCoreModule(binary) }
  },
}
