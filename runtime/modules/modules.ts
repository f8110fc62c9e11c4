/**
 * Compiles the modules that slots are made of, or takes those that were compiled ahead of time.
 *
 * Some platforms compile nothing at run time: workerd, and pages without `wasm-unsafe-eval`. There every module has to be
 * given. A module that is neither given nor can be compiled is an error, and never a way around it: the small modules hold
 * guarantees, such as that a guest cannot catch the trap that ends it.
 *
 * The registry holds code of this package alone, by content, so no agent can put anything in it.
 *
 * @module
 */
import { toHex } from '../encoding/index.ts'
import { MayflyError } from '../errors/index.ts'

/** The remedy for operators where modules are missing. */
export const PACK_HINT = 'Run mayfly pack, and load what it wrote with mayfly/packed'

type Bytes = Uint8Array<ArrayBuffer>

/** Small modules by their content. */
const given = new Map<string, WebAssembly.Module>()

/**
 * Compiles a module of at most a few KiB, at once.
 *
 * @param purpose - what it is for, after "Cannot": `suspend guests`
 * @throws {MayflyError} ERR_HOST_UNAVAILABLE where nothing is compiled at run time and it was not given
 */
export function compileSmall(bytes: Bytes, purpose: string): WebAssembly.Module {
  const found = given.get(toHex(bytes))
  if (found !== undefined) return found
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    throw new MayflyError(
      'ERR_HOST_UNAVAILABLE',
      `Cannot ${purpose}: this platform compiles no modules, and this one was not given`,
      { cause, hint: PACK_HINT },
    )
  }
}

/** Compiles a module of any size. Rejects with the error of the platform. */
export function compileModule(bytes: Bytes): Promise<WebAssembly.Module> {
  return WebAssembly.compile(bytes)
}

/** Gives `module`, which was compiled of `bytes`, in place of compiling them. */
export function giveSmall(bytes: Bytes, module: WebAssembly.Module): void {
  given.set(toHex(bytes), module)
}
