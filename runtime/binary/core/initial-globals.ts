/**
 * The values that mutable globals begin with, taken out so that snapshots of one program have one shape.
 *
 * @module
 */

import type { CoreGlobal, CoreModule } from './core-module.ts'
import { stateName } from './hidden-names.ts'
import { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'

export interface GlobalInitialiser {
  /** The hidden name of the global. */
  readonly name: string
  readonly value: number | bigint
}

/** Returns the values that `undoGrowth` takes out. */
export function initialGlobals(module: CoreModule): GlobalInitialiser[] {
  return module.globals.flatMap((global, i) => {
    const value = initialInteger(module, global)
    return value === undefined ? [] : [{ name: stateName('global', i), value }]
  })
}

/** Returns the initial value of a mutable integer global that the module defines, when it is a constant. */
export function initialInteger(
  { bytes }: CoreModule,
  { mutable, initial }: CoreGlobal,
): number | bigint | undefined {
  if (!mutable || initial === undefined) return undefined
  const at = new InstructionReader(bytes, initial.start, initial.end)
  at.next()
  const { opcode } = at
  if (opcode !== OP.i32Const && opcode !== OP.i64Const) return undefined
  const value = at.constant()
  // More than one instruction and `end`: an expression.
  if (at.position + 1 !== initial.end) return undefined
  return opcode === OP.i64Const ? value : Number(value)
}
