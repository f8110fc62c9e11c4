/**
 * The mutable state of a set of core instances, read through exports that the rewriter added.
 *
 * @module
 */

import { companionName, mapName, stateName, type StateKind } from '../binary/index.ts'
import { FloatBits } from './float-bits.ts'

export interface StateMemory {
  readonly memory: WebAssembly.Memory
  /** One byte for each block of 512 bytes, not zero when it was written. Absent when writes are not marked. */
  readonly map: WebAssembly.Memory | undefined
  /** The size the guest sees, in pages of 64 KiB. Absent when it sees the size of the memory. */
  readonly size?: WebAssembly.Global | undefined
}

/** Reads and writes a mutable global, floats as bits. */
export interface StateGlobal {
  value: unknown
}

/**
 * Part of every layout: raised when `collectState` collects other parts, or in another order, from the same modules.
 */
const LAYOUT_VERSION = 1

export interface CoreState {
  /**
   * Names the parts in their order, and the way they are read. State that was taken under one layout fits no other.
   * Marks are no part of it: code with and without them has one layout.
   */
  readonly layout: string
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
  const layout = new LayoutText()
  const state = {
    layout: '',
    memories: [] as StateMemory[],
    globals: [] as StateGlobal[],
    tables: [] as WebAssembly.Table[],
  }
  for (const [index, { exports }] of instances.entries()) {
    layout.instance(index)
    for (const [name, value] of Object.entries(exports)) {
      if (name.startsWith(GLOBAL) && value instanceof WebAssembly.Global) {
        const type = mutableType(value)
        if (type === undefined) continue
        state.globals.push(value)
        layout.part(type)
      } else if (name.startsWith(F32) && value instanceof WebAssembly.Global) {
        state.globals.push(new FloatBits(value, 'f32'))
        layout.part('f32')
      } else if (name.startsWith(F64) && value instanceof WebAssembly.Global) {
        state.globals.push(new FloatBits(value, 'f64'))
        layout.part('f64')
      } else if (name.startsWith(MEMORY) && value instanceof WebAssembly.Memory) {
        const map = exports[mapName(name)]
        const size = exports[companionName('size', name)]
        state.memories.push({
          memory: value,
          map: map instanceof WebAssembly.Memory ? map : undefined,
          size: size instanceof WebAssembly.Global ? size : undefined,
        })
        layout.part(size instanceof WebAssembly.Global ? 'sized memory' : 'memory')
      } else if (tables && name.startsWith(TABLE) && value instanceof WebAssembly.Table) {
        state.tables.push(value)
        layout.part('table')
      }
    }
  }
  state.layout = layout.toString()
  return state
}

/** A layout as text: the kinds of parts of each instance that has any, with how many follow each other. */
class LayoutText {
  readonly #runs: string[] = [`v${LAYOUT_VERSION}`]
  #instance = 0
  #named = -1
  #kind = ''
  #count = 0

  instance(index: number): void {
    this.#end()
    this.#instance = index
  }

  part(kind: string): void {
    if (kind !== this.#kind) this.#end()
    this.#kind = kind
    this.#count++
  }

  toString(): string {
    this.#end()
    return this.#runs.join(' ')
  }

  #end(): void {
    if (this.#count === 0) return
    if (this.#named !== this.#instance) this.#runs.push(`#${this.#instance}`)
    this.#named = this.#instance
    this.#runs.push(`${this.#count}×${this.#kind}`)
    this.#kind = ''
    this.#count = 0
  }
}

const GLOBAL = namePrefix('global')
const F32 = namePrefix('f32')
const F64 = namePrefix('f64')
const MEMORY = namePrefix('memory')
const TABLE = namePrefix('table')

function namePrefix(kind: StateKind): string {
  return stateName(kind, 0).slice(0, -1)
}

/**
 * The kind of value that the global has; nothing when it is immutable. Those are exported too, for the addresses of
 * data, and only a try tells them apart.
 */
function mutableType(global: WebAssembly.Global): string | undefined {
  const { value } = global
  try {
    global.value = value
  } catch {
    return undefined
  }
  return typeof value === 'number' ? 'i32' : typeof value === 'bigint' ? 'i64' : 'reference'
}
