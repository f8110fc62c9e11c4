/**
 * How much memory a core module begins with.
 *
 * @module
 */
import { readCoreModule } from './core-module.ts'
import { isUnknownFeature } from './analyze-module.ts'

const WASM_PAGE_BYTES = 65_536

/** Bytes of the memories that the module in `bytes` defines; 0 when it is not understood. */
export function declaredMemoryBytes(bytes: Uint8Array): number {
  try {
    const { memories } = readCoreModule(bytes)
    const pages = memories.reduce(
      (sum, { imported, minimum }) => sum + (imported === undefined ? Number(minimum) : 0),
      0,
    )
    return pages * WASM_PAGE_BYTES
  } catch (error) {
    if (isUnknownFeature(error)) return 0
    throw error
  }
}
