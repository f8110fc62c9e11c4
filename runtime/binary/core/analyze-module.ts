/**
 * Says whether the state of a core module can be restored, and why not.
 *
 * The verdict is a proof by enumeration: WebAssembly has memories, globals, tables, dropped segments and
 * garbage-collected objects, and nothing else, that an instruction can change. Each kind is either
 * restored (memories, globals, tables, as far as the host can read and write them) or makes the module
 * not stampable. A module with an instruction unknown to this file does not pass.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreGlobal, CoreModule, CoreTable } from './core-module.ts'
import { skipValueType, TYPE } from './core-types.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'
import { readCoreModule } from './read-core-module.ts'
import { unmarkable } from './rewrite-module.ts'

export interface ModuleAnalysis {
  /** The module's parts. */
  readonly module: CoreModule
  /** Whether its state can be restored in place. */
  readonly stampable: boolean
  /** Why not, each a phrase such as `it drops data segment 3 that it reads`. Empty when stampable. */
  readonly reasons: readonly string[]
  /** Whether its stores can be marked; otherwise its memories are copied whole. */
  readonly markable: boolean
  /** Tables some instruction changes: they must be restored with the rest, wherever they come from. */
  readonly mutatedTables: readonly number[]
  /** Memories some instruction grows: a slot whose memory grew is discarded. */
  readonly grownMemories: readonly number[]
  /** Globals that can change, those it imports included. */
  readonly mutableGlobals: readonly number[]
}

/** Effects of the instructions of a module on its state. */
interface Effects {
  readonly tables: Set<number>
  readonly grown: Set<number>
  readonly readData: Set<number>
  readonly droppedData: Set<number>
  readonly readElements: Set<number>
  readonly droppedElements: Set<number>
  objects: boolean
}

/**
 * Analyses the module in `bytes`, which must be valid.
 *
 * @throws {MayflyError} ERR_COMPONENT_MALFORMED, ERR_COMPONENT_UNSUPPORTED
 */
export function analyzeModule(bytes: Uint8Array): ModuleAnalysis {
  const module = readCoreModule(bytes)
  const effects = collectEffects(module)
  // Constant expressions make objects too, which code then changes.
  if (module.types.includes(undefined)) effects.objects = true
  const reasons: string[] = []

  module.memories.forEach(({ shared, wide }, i) => {
    if (shared) reasons.push(`memory ${i} is shared`)
    if (wide) reasons.push(`memory ${i} has addresses of 64 bits`)
  })
  module.globals.forEach((global, i) => {
    if (global.mutable && !isReadable(module, global))
      reasons.push(`mutable global ${i} has a type that the host cannot read`)
  })
  module.tables.forEach((table, i) => {
    if (effects.tables.has(i) && (table.wide || !isReadable(module, table)))
      reasons.push(`table ${i}, which it changes, has a type that the host cannot read`)
  })
  for (const i of effects.droppedData)
    if (effects.readData.has(i)) reasons.push(`it drops data segment ${i}, which it also reads`)
  for (const i of effects.droppedElements)
    if (effects.readElements.has(i))
      reasons.push(`it drops element segment ${i}, which it also reads`)
  if (effects.objects) reasons.push('it makes garbage-collected objects')

  return {
    module,
    stampable: reasons.length === 0,
    reasons,
    markable: unmarkable(module) === undefined,
    mutatedTables: [...effects.tables],
    grownMemories: [...effects.grown],
    mutableGlobals: module.globals.flatMap(({ mutable }, i) => (mutable ? [i] : [])),
  }
}

/** Whether `Global.value` or `Table.get` can return it: numbers, and references to functions or host values. */
function isReadable({ bytes }: CoreModule, { type }: CoreGlobal | CoreTable): boolean {
  const code = bytes[type.start] ?? 0
  if (code >= TYPE.f64 && code <= TYPE.i32) return true
  if (code === TYPE.func || code === TYPE.extern) return true
  if (code !== TYPE.ref && code !== TYPE.refNull) return false
  const heap = bytes[type.start + 1] ?? 0
  return heap === TYPE.func || heap === TYPE.extern
}

function collectEffects(module: CoreModule): Effects {
  const effects: Effects = {
    tables: new Set(),
    grown: new Set(),
    readData: new Set(),
    droppedData: new Set(),
    readElements: new Set(),
    droppedElements: new Set(),
    objects: false,
  }
  for (const range of module.code) {
    const reader = new ByteReader(module.bytes, range.start, range.end, 'core module')
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32()
      skipValueType(reader)
    }
    const at = new InstructionReader(module.bytes, reader.offset, range.end)
    while (at.next()) note(at, effects)
  }
  return effects
}

function note({ opcode, first, second }: InstructionReader, effects: Effects): void {
  switch (opcode) {
    case OP.tableSet:
    case OP.tableCopy:
    case OP.tableGrow:
    case OP.tableFill:
      effects.tables.add(first)
      return
    case OP.tableInit:
      effects.tables.add(second)
      effects.readElements.add(first)
      return
    case OP.elemDrop:
      effects.droppedElements.add(first)
      return
    case OP.memoryGrow:
      effects.grown.add(first)
      return
    case OP.memoryInit:
      effects.readData.add(first)
      return
    case OP.dataDrop:
      effects.droppedData.add(first)
      return
  }
  // i31 references are values; everything else behind this prefix may make, read or change an object.
  if (opcode >= OP.structNew && opcode < OP.refI31) effects.objects = true
}
