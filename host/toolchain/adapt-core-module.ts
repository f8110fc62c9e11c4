/**
 * Makes a component of a core module that was built for WASI 0.1, with the adapter jco ships.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { keepExitCode } from './preview1/exit-code.ts'
import { ownMemory } from './preview1/own-memory.ts'

const WASI_0_1 = 'wasi_snapshot_preview1'
// Where a component has the number of its layer, a core module has the rest of its version.
const CORE_MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Returns any other `bytes` unchanged: the runtime reports their error. */
export async function adaptCoreModule(bytes: Uint8Array): Promise<Uint8Array> {
  if (!CORE_MODULE.every((byte, index) => bytes[index] === byte)) return bytes
  // The casts say that the bytes are not shared: they come from a file.
  if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) return bytes
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  if (!WebAssembly.Module.imports(module).some((each) => each.module === WASI_0_1)) return bytes
  const { componentNew, preview1AdapterCommandPath, preview1AdapterReactorPath } =
    await import('@bytecodealliance/jco')
  const isCommand = WebAssembly.Module.exports(module).some(({ name }) => name === '_start')
  const adapter = isCommand ? preview1AdapterCommandPath() : preview1AdapterReactorPath()
  const program = await keepExitCode(await ownMemory(bytes, WASI_0_1), WASI_0_1)
  return componentNew(program, [[WASI_0_1, await readFile(adapter)]])
}
