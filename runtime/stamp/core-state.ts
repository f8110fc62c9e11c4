/**
 * The mutable state of a set of core instances, read through exports that the rewriter added.
 *
 * @module
 */

import { companionName, mapName, stateName, type StateKind } from '../binary/index.ts'
import { FloatBits } from './float-bits.ts'

export interface StateMemory {
  readonly memory: WebAssembly.Memory
  /** One byte for each page of 4 KiB, not zero when it was written. Absent when writes are not marked. */
  readonly map: WebAssembly.Memory | undefined
  /** The size the guest sees, in pages of 64 KiB. Absent when it sees the size of the memory. */
  readonly size?: WebAssembly.Global | undefined
}

/** Reads and writes a mutable global, floats as bits. */
export interface StateGlobal {
  value: unknown
}

export interface CoreState {
  readonly memories: readonly StateMemory[]
  readonly globals: readonly StateGlobal[]
  /** Empty when no instruction changes a table. */
  readonly tables: readonly WebAssembly.Table[]
}

export interface CollectOptions {
  /**
   * Whether some module of the component changes a table.
   *
   * @default true
   */
  tables?: boolean
}

/** Collects the state of `instances`, of rewritten modules, in their order: equal for slots of a shape. */
export function collectState(
  instances: readonly WebAssembly.Instance[],
  { tables = true }: CollectOptions = {},
): CoreState {
  const state = {
    memories: [] as StateMemory[],
    globals: [] as StateGlobal[],
    tables: [] as WebAssembly.Table[],
  }
  for (const { exports } of instances) {
    for (const [name, value] of Object.entries(exports)) {
      if (name.startsWith(GLOBAL) && value instanceof WebAssembly.Global) {
        if (isMutable(value)) state.globals.push(value)
      } else if (name.startsWith(F32) && value instanceof WebAssembly.Global) {
        state.globals.push(new FloatBits(value, 'f32'))
      } else if (name.startsWith(F64) && value instanceof WebAssembly.Global) {
        state.globals.push(new FloatBits(value, 'f64'))
      } else if (name.startsWith(MEMORY) && value instanceof WebAssembly.Memory) {
        const map = exports[mapName(name)]
        const size = exports[companionName('size', name)]
        state.memories.push({
          memory: value,
          map: map instanceof WebAssembly.Memory ? map : undefined,
          size: size instanceof WebAssembly.Global ? size : undefined,
        })
      } else if (tables && name.startsWith(TABLE) && value instanceof WebAssembly.Table) {
        state.tables.push(value)
      }
    }
  }
  return state
}

const GLOBAL = namePrefix('global')
const F32 = namePrefix('f32')
const F64 = namePrefix('f64')
const MEMORY = namePrefix('memory')
const TABLE = namePrefix('table')

function namePrefix(kind: StateKind): string {
  return stateName(kind, 0).slice(0, -1)
}

/** Immutable globals are exported too, for the addresses of data. Only a try tells them apart. */
function isMutable(global: WebAssembly.Global): boolean {
  const { value } = global
  try {
    global.value = value
    return true
  } catch {
    return false
  }
}
