/**
 * Finds the exported functions that may compute for long: only these need a stack that can be suspended.
 *
 * A function is short when its longest execution was counted and is little. It has no loop, no cycle of calls, no call
 * of an unknown function, and no instruction that moves as many bytes as the guest says. Calls are followed, so a
 * ladder of functions that each call the next one twice counts in full.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import type { CoreModule, ImportName, Range } from './core-module.ts'
import { skipValueType } from './core-types.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

/** Facts that follow from one module alone. */
export interface LongExports {
  /** Functions exported under these names may compute for long. */
  readonly long: readonly string[]
  /** Other exports that call imported functions, with these imports: the module does not show their work. */
  readonly calls: Readonly<Record<string, readonly ImportName[]>>
}

/** At most ten or twenty microseconds. */
const MAX_SHORT_INSTRUCTIONS = 20_000
/** Calls that are followed: modules can nest them deeper than the host's own stack allows. */
const MAX_DEPTH = 100

interface Work {
  readonly instructions: number
  /** Imported functions, by index. */
  readonly imports: ReadonlySet<number>
}

const LONG: Work = { instructions: Infinity, imports: new Set() }

/** Reads the code of `module`, which must be valid. */
export function longExports(module: CoreModule): LongExports {
  const workOf = measure(module)
  const importNames = module.imports.filter(({ kind }) => kind === 'func')
  const long: string[] = []
  const calls: Record<string, readonly ImportName[]> = {}
  for (const { name, kind, index } of module.exports) {
    if (kind !== 'func') continue
    const { instructions, imports } = workOf(index)
    if (instructions > MAX_SHORT_INSTRUCTIONS) long.push(name)
    else if (imports.size > 0)
      calls[name] = importNames
        .filter((_, at) => imports.has(at))
        .map(({ module: from, name: of }) => ({ module: from, name: of }))
  }
  return { long, calls }
}

function measure(module: CoreModule): (index: number) => Work {
  const known = new Map<number, Work>()
  const open = new Set<number>()

  function workOf(index: number): Work {
    if (index < module.importedFunctions) return { instructions: 1, imports: new Set([index]) }
    const before = known.get(index)
    if (before !== undefined) return before
    // A cycle, or as good as one.
    if (open.has(index) || open.size > MAX_DEPTH) return LONG
    open.add(index)
    const range = module.code[index - module.importedFunctions]
    const work = range === undefined ? LONG : workIn(range)
    open.delete(index)
    known.set(index, work)
    return work
  }

  function workIn(range: Range): Work {
    if (range.end - range.start > MAX_SHORT_INSTRUCTIONS) return LONG
    let instructions = 0
    const imports = new Set<number>()
    const at = instructionsOf(module, range)
    while (at.next()) {
      instructions++
      if (MAY_BE_LONG.has(at.opcode)) return LONG
      if (at.opcode === OP.call || at.opcode === OP.returnCall) {
        const callee = workOf(at.first)
        instructions += callee.instructions
        for (const each of callee.imports) imports.add(each)
      }
      if (instructions > MAX_SHORT_INSTRUCTIONS) return LONG
    }
    return { instructions, imports }
  }

  return workOf
}

function instructionsOf({ bytes }: CoreModule, { start, end }: Range): InstructionReader {
  const reader = new ByteReader(bytes, start, end, 'core module')
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32()
    skipValueType(reader)
  }
  return new InstructionReader(bytes, reader.offset, end)
}

const MAY_BE_LONG: ReadonlySet<number> = new Set([
  OP.loop,
  OP.callIndirect,
  OP.callRef,
  OP.returnCallIndirect,
  OP.returnCallRef,
  OP.memoryFill,
  OP.memoryCopy,
  OP.memoryInit,
  OP.tableFill,
  OP.tableCopy,
  OP.tableInit,
  OP.tableGrow,
  OP.arrayNewData,
])
