/**
 * What a core module begins with.
 *
 * @module
 */
import { readCoreModule } from './core-module.ts'
import { isUnknownFeature } from './analyze-module.ts'
import { readMemoryLimits } from './memory-limits.ts'

const WASM_PAGE_BYTES = 65_536

/** What each instance of a module has of its own. */
export interface DeclaredState {
  readonly memories: number
  readonly memoryBytes: number
  readonly tables: number
  readonly tableElements: number
}

/** Counts what the module in `bytes` defines; of one that is not understood, the memories only. */
export function declaredState(bytes: Uint8Array): DeclaredState {
  try {
    const module = readCoreModule(bytes)
    const memories = module.memories.filter(({ imported }) => imported === undefined)
    const tables = module.tables.filter(({ imported }) => imported === undefined)
    return {
      memories: memories.length,
      memoryBytes: sum(memories) * WASM_PAGE_BYTES,
      tables: tables.length,
      tableElements: sum(tables),
    }
  } catch (error) {
    if (!isUnknownFeature(error)) throw error
    const memories = readMemoryLimits(bytes)
    return {
      memories: memories.length,
      memoryBytes: sum(memories) * WASM_PAGE_BYTES,
      tables: 0,
      tableElements: 0,
    }
  }
}

function sum(limits: readonly { readonly minimum: number | bigint }[]): number {
  return limits.reduce((total, { minimum }) => total + Number(minimum), 0)
}
