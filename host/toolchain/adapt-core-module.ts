/**
 * Makes a component of a core module that was built for WASI 0.1, with the adapter jco ships.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
// By its file: the door has the rewriter, and few agents are such modules.
import { ByteReader } from '../../runtime/binary/reader.ts'
import { isMayflyError, MayflyError } from '../../runtime/errors/index.ts'
import { readSections, SECTION } from './quickjs/sections.ts'
import { requirePeers } from './tool-packages.ts'

const WASI_0_1 = 'wasi_snapshot_preview1'
const JCO = '@bytecodealliance/jco'
// Where a component has the number of its layer, a core module has the rest of its version.
const CORE_MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/**
 * Returns any other `bytes` unchanged: the runtime reports their error.
 *
 * @throws {MayflyError} ERR_IMPORT_UNSATISFIED for a module that imports more than WASI 0.1, ERR_COMPONENT_MALFORMED,
 * ERR_BUILD_FAILED without the optional peer jco
 */
export async function adaptCoreModule(bytes: Uint8Array): Promise<Uint8Array> {
  if (!CORE_MODULE.every((byte, index) => bytes[index] === byte)) return bytes
  // The casts say that the bytes are not shared: they come from a file.
  if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) return bytes
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)
  if (!WebAssembly.Module.imports(module).some((each) => each.module === WASI_0_1)) return bytes
  requirePeers('adapt module for WASI 0.1', [JCO])
  const { componentNew, preview1AdapterCommandPath, preview1AdapterReactorPath } =
    await import('@bytecodealliance/jco')
  const isCommand = WebAssembly.Module.exports(module).some(({ name }) => name === '_start')
  const adapter = isCommand ? preview1AdapterCommandPath() : preview1AdapterReactorPath()
  const adapterBytes = await readFile(adapter)
  checkImports(bytes, module, new WebAssembly.Module(adapterBytes))
  const [{ keepExitCode }, { ownMemory }] = await Promise.all([
    import('./preview1/exit-code.ts'),
    import('./preview1/own-memory.ts'),
  ])
  try {
    const program = await keepExitCode(await ownMemory(bytes, WASI_0_1), WASI_0_1)
    return await componentNew(program, [[WASI_0_1, adapterBytes]])
  } catch (cause) {
    if (isMayflyError(cause)) throw cause
    // The tool says each step down to the fault on a line, and the fault on the last one.
    const fault = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n').at(-1)
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      `Cannot adapt module for WASI 0.1: ${fault?.trim()}`,
      { cause, hint: 'Build a component of it with the tools of its language' },
    )
  }
}

// With such a section a module says itself which interfaces it imports.
const WORLD_SECTION = /^component-type/

/** @throws {MayflyError} ERR_IMPORT_UNSATISFIED for the first import without a provider */
function checkImports(
  bytes: Uint8Array,
  module: WebAssembly.Module,
  adapter: WebAssembly.Module,
): void {
  const names = sectionNames(bytes)
  const provided = new Set(WebAssembly.Module.exports(adapter).map(({ name }) => name))
  const isMet = (each: WebAssembly.ModuleImportDescriptor): boolean =>
    each.module === WASI_0_1
      ? each.kind === 'function' && provided.has(each.name)
      : names.some((section) => WORLD_SECTION.test(section))
  const missing = WebAssembly.Module.imports(module).find((each) => !isMet(each))
  if (missing === undefined) return
  const { module: from, name } = missing
  throw new MayflyError(
    'ERR_IMPORT_UNSATISFIED',
    `Cannot adapt module for WASI 0.1: it imports "${name}" of "${from}", which has no provider`,
    {
      hint: 'Build it without that import: a module for WASI 0.1 has only what WASI 0.1 provides',
      facts: { interface: from, function: name },
    },
  )
}

function sectionNames(bytes: Uint8Array): string[] {
  return readSections(bytes)
    .filter(({ id }) => id === SECTION.custom)
    .map(({ content }) => new ByteReader(content, 0, content.length, 'custom section').name())
}
