/**
 * Where in a rewritten module everything lies: what was there, and what is added.
 *
 * Added imports come after the imports, added definitions after the definitions. So functions and globals
 * behind the imports move, and nothing else does.
 *
 * @module
 */

import type { Renumbering } from './constant-expression.ts'
import type { CoreMemory, CoreModule } from './core-module.ts'
import type { FuelIndexes } from './function-emitter.ts'

/** What accompanies a memory in the rewritten module, by the index of the memory. */
export interface MemoryLayout {
  readonly memory: CoreMemory
  /** Memory with one byte for each page that was written. */
  readonly map: number | undefined
  /** Function that marks a range. */
  readonly markRange: number | undefined
  /** Global with the size the guest sees, in pages of 64 KiB. */
  readonly size: number | undefined
  /** Function that stands for `memory.grow`. */
  readonly grow: number | undefined
}

export interface Layout {
  readonly numbering: Renumbering
  readonly memories: readonly MemoryLayout[]
  readonly fuel: FuelIndexes | undefined
  /** Imported global with the pages by which memories may still grow; absent where none is sized. */
  readonly pages: number | undefined
  /** The imported function that is called without fuel. The one after it lets the guest wait for its turn. */
  readonly outOfFuel: number
}

export interface LayoutOptions {
  readonly marks: boolean
  readonly fuel: boolean
  /** Keep the size the guest sees apart from the size of the memory, so that growth can be undone. */
  readonly sizes: boolean
}

export function layOut(module: CoreModule, { marks, fuel, sizes }: LayoutOptions): Layout {
  const sized = module.memories.filter((memory) => sizes && isSizable(memory))
  const importedSizes = sized.filter(({ imported }) => imported).length
  const functionShift = fuel ? 2 : 0
  const fuelGlobals = fuel ? 1 : 0
  const pageShift = sized.length > 0 ? 1 : 0
  const globalShift = importedSizes + fuelGlobals + pageShift

  let nextFunction = module.functions.length + functionShift
  const ask = nextFunction
  if (fuel) nextFunction += 2
  const markRanges = module.memories.map(() => (marks ? nextFunction++ : undefined))
  let nextImported = module.importedGlobals
  let nextOwn = module.globals.length + globalShift
  const memories = module.memories.map((memory, i) => {
    const has = sized.includes(memory)
    return {
      memory,
      map: marks ? module.memories.length + i : undefined,
      markRange: markRanges[i],
      size: has ? (memory.imported ? nextImported++ : nextOwn++) : undefined,
      grow: has ? nextFunction++ : undefined,
    }
  })
  return {
    numbering: {
      func: (index) => (index < module.importedFunctions ? index : index + functionShift),
      global: (index) => (index < module.importedGlobals ? index : index + globalShift),
    },
    memories,
    fuel: fuel ? { global: nextImported, ask, take: ask + 1 } : undefined,
    pages: sized.length > 0 ? nextImported + fuelGlobals : undefined,
    outOfFuel: module.importedFunctions,
  }
}

/** Whether the size can be kept apart: not where threads or 64-bit sizes are involved. */
export function isSizable({ wide, shared }: CoreMemory): boolean {
  return !wide && !shared
}
