/**
 * Facts about a function body that the rewriter needs before it rewrites the first instruction.
 *
 * @module
 */

import { ExceptionCount, NO_LOCALS, type ExceptionLocals } from './exception-count.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

export interface FunctionOutline {
  /** Where each local is assigned last, as an offset into the module; absent when never. */
  readonly lastAssignments: ReadonlyMap<number, number>
  /** Loops that contain no call, as offsets into the module. */
  readonly leafLoops: ReadonlySet<number>
  /** How many loops there are. */
  readonly loops: number
  /** How many exceptions a call of the function can hold at a time. */
  readonly exceptions: number
  /** It catches with `try`, not with `try_table`: a module cannot have both. */
  readonly legacy: boolean
  /** All branches are `br`, `br_if` or `br_table`: their labels are easy to renumber. */
  readonly plainBranches: boolean
}

export const NO_OUTLINE: FunctionOutline = {
  lastAssignments: new Map(),
  leafLoops: new Set(),
  loops: 0,
  exceptions: 0,
  legacy: false,
  plainBranches: true,
}

/** Reads the instructions from `start` to `end`. `references` says how many locals may refer to exceptions. */
export function outlineFunction(
  bytes: Uint8Array,
  start: number,
  end: number,
  references: ExceptionLocals = NO_LOCALS,
): FunctionOutline {
  const lastAssignments = new Map<number, number>()
  const leafLoops = new Set<number>()
  // Where the blocks begin that are open: loops without a call so far, or -1.
  const open: number[] = []
  const exceptions = new ExceptionCount(references)
  let plainBranches = true
  let loops = 0
  const at = new InstructionReader(bytes, start, end)
  while (at.next()) {
    exceptions.note(at)
    if (at.opcode === OP.localSet || at.opcode === OP.localTee)
      lastAssignments.set(at.first, at.start)
    else if (OPENING.has(at.opcode)) {
      open.push(at.opcode === OP.loop ? at.start : -1)
      if (at.opcode === OP.loop) {
        leafLoops.add(at.start)
        loops++
      }
    } else if (at.opcode === OP.end || at.opcode === OP.delegate) open.pop()
    else if (CALLS.has(at.opcode)) for (const start of open) leafLoops.delete(start)
    if (OTHER_LABELS.has(at.opcode)) plainBranches = false
  }
  const { most, legacy } = exceptions
  return { lastAssignments, leafLoops, loops, exceptions: most, legacy, plainBranches }
}

const OPENING: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.if, OP.try, OP.tryTable])

const CALLS: ReadonlySet<number> = new Set([OP.call, OP.callIndirect, OP.callRef])

const OTHER_LABELS: ReadonlySet<number> = new Set([
  OP.try,
  OP.tryTable,
  OP.delegate,
  OP.rethrow,
  OP.brOnNull,
  OP.brOnNonNull,
  OP.brOnCast,
  OP.brOnCastFail,
])
