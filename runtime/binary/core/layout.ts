/**
 * The places of all parts in a rewritten module, original and added.
 *
 * Added imports come after the imports, added definitions after the definitions. So functions and globals
 * behind the imports move, and nothing else does.
 *
 * @module
 */

import { bulkType, writeBulk, type BulkInstruction } from './bulk-functions.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Renumbering } from './constant-expression.ts'
import type { CoreMemory, CoreModule } from './core-module.ts'
import type { FuelIndexes } from './function-emitter.ts'
import { writeFuelHelpers, writeMarkRange, type HelperType } from './helper-functions.ts'
import { writeAllocate, writeGrow, writeSizedGrow, writeTableCharge } from './room-functions.ts'
import { MAX_TABLE_ELEMENTS } from './room.ts'

/** The companions of a memory in the rewritten module, by the index of the memory. */
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

/** A function that rewriting adds. */
export interface HelperFunction {
  readonly type: HelperType
  write(body: ByteWriter): void
}

export interface Layout {
  readonly numbering: Renumbering
  readonly memories: readonly MemoryLayout[]
  /** By table: the function that decides how many elements `table.grow` adds. */
  readonly tables: readonly (number | undefined)[]
  readonly fuel: FuelIndexes | undefined
  /** Imported global with the allocation left to the component; absent where allocation is not charged. */
  readonly room: number | undefined
  /** Function that takes the size of an object from the room. */
  readonly allocate: number | undefined
  /** The imported function that is called without fuel. The one after it lets the guest wait for its turn. */
  readonly outOfFuel: number
  /** The function that stands for an instruction of which `isBulkWrite`: absent where nothing is paid. */
  readonly bulk: ((instruction: BulkInstruction) => number) | undefined
  /** The functions that are added, in order: `bulk` adds some while bodies are rewritten. */
  readonly helpers: readonly HelperFunction[]
}

export interface LayoutOptions {
  readonly marks: boolean
  readonly fuel: boolean
  /** Keep the size the guest sees apart from the size of the memory, so that growth can be undone. */
  readonly sizes: boolean
  /** Charge allocation. Needed for `sizes`. */
  readonly room: boolean
}

export function layOut(module: CoreModule, options: LayoutOptions): Layout {
  const { marks, fuel: metered, sizes, room: charged } = options
  const sized = module.memories.filter((memory) => sizes && isSizable(memory))
  const importedSizes = sized.filter(({ imported }) => imported).length
  const functionShift = metered ? 2 : 0
  const fuelGlobals = metered ? 1 : 0
  const globalShift = importedSizes + fuelGlobals + (charged ? 1 : 0)

  const helpers: HelperFunction[] = []
  const add = (type: HelperType, write: HelperFunction['write']): number =>
    module.functions.length + functionShift + helpers.push({ type, write }) - 1

  let nextImported = module.importedGlobals
  let nextOwn = module.globals.length + globalShift
  const sizeOf = module.memories.map((memory) => {
    if (!sized.includes(memory)) return undefined
    return memory.imported ? nextImported++ : nextOwn++
  })
  const fuelGlobal = nextImported
  const room = charged ? nextImported + fuelGlobals : undefined

  let fuel: FuelIndexes | undefined
  if (metered) {
    const [ask, take] = writeFuelHelpers(fuelGlobal, module.importedFunctions)
    fuel = { global: fuelGlobal, ask: add('nothing', ask), take: add('integer', take) }
  }
  const memories = module.memories.map((memory, i) => {
    const map = marks ? module.memories.length + i : undefined
    const markRange = map === undefined ? undefined : add('range', writeMarkRange(map))
    return { memory, map, markRange, size: sizeOf[i], grow: growOf(memory, i) }
  })
  function growOf(memory: CoreMemory, index: number): number | undefined {
    const size = sizeOf[index]
    if (room === undefined) return undefined
    if (size !== undefined) return add('integer', writeSizedGrow(index, size, room))
    return add(memory.wide ? 'wide' : 'integer', writeGrow(index, memory.wide, room))
  }
  const tables = module.tables.map(({ wide, maximum = Infinity }, index) => {
    if (room === undefined) return undefined
    const most = Math.min(maximum, MAX_TABLE_ELEMENTS)
    return add(wide ? 'wide' : 'integer', writeTableCharge({ index, wide, most }, room))
  })
  const bulks = new Map<string, number>()
  const paid = fuel
  const bulk =
    paid &&
    ((instruction: BulkInstruction): number => {
      const { opcode, first, second } = instruction
      const key = `${opcode}-${first}-${second}`
      const known = bulks.get(key)
      if (known !== undefined) return known
      const index = add(bulkType(module, instruction), writeBulk(module, instruction, paid))
      bulks.set(key, index)
      return index
    })
  const hasObjects = room !== undefined && module.types.includes(undefined)
  return {
    numbering: {
      func: (index) => (index < module.importedFunctions ? index : index + functionShift),
      global: (index) => (index < module.importedGlobals ? index : index + globalShift),
    },
    memories,
    tables,
    fuel,
    room,
    allocate: hasObjects ? add('bytes', writeAllocate(room, fuel)) : undefined,
    outOfFuel: module.importedFunctions,
    bulk,
    helpers,
  }
}

/** Whether the size can be kept apart: not where threads or 64-bit sizes are involved. */
export function isSizable({ wide, shared }: CoreMemory): boolean {
  return !wide && !shared
}
