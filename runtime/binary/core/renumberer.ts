/**
 * Replaces indexes in a function body that moved, and instructions that read or change the size of a memory.
 *
 * @module
 */

import type { BodyCopier } from './body-copier.ts'
import { depthOf, type ControlFrame } from './control-frame.ts'
import type { InstructionReader } from './instruction-reader.ts'
import type { Layout } from './layout.ts'
import { OP } from './opcodes.ts'

export class Renumberer {
  readonly #layout: Layout
  readonly #copier: BodyCopier
  readonly #frames: readonly ControlFrame[]
  #usesDataIndexes = false

  /** `frames` are the blocks that are open: labels count them. */
  constructor(layout: Layout, copier: BodyCopier, frames: readonly ControlFrame[]) {
    this.#layout = layout
    this.#copier = copier
    this.#frames = frames
  }

  /** Whether any instruction so far named a data segment. */
  get usesDataIndexes(): boolean {
    return this.#usesDataIndexes
  }

  renumber(at: InstructionReader): void {
    if (this.#copier.isDone(at)) return
    const { numbering, memories } = this.#layout
    let { first } = at
    switch (at.opcode) {
      case OP.call:
      case OP.returnCall:
      case OP.refFunc:
        first = numbering.func(first)
        break
      case OP.br:
      case OP.brIf:
        first = depthOf(this.#frames, first)
        break
      case OP.brTable:
        return this.#renumberTable(at)
      case OP.globalGet:
      case OP.globalSet:
        first = numbering.global(first)
        break
      case OP.memorySize: {
        const { size } = memories[first] ?? {}
        if (size !== undefined) this.#copier.substitute(at, OP.globalGet, size)
        return
      }
      case OP.memoryGrow: {
        const { grow } = memories[first] ?? {}
        if (grow !== undefined) this.#copier.substitute(at, OP.call, grow)
        return
      }
      case OP.tableGrow: {
        const charge = this.#layout.tables[first]
        if (charge === undefined) return
        // The function gets the number of elements, and returns it, or a number so high that `table.grow` fails.
        this.#copier.flush(at.bytes, at.start)
        this.#copier.out.byte(OP.call)
        this.#copier.out.unsigned(charge)
        return
      }
      case OP.memoryInit:
      case OP.dataDrop:
      case OP.arrayNewData:
      case OP.arrayInitData:
        this.#usesDataIndexes = true
    }
    if (first !== at.first) this.#copier.substitute(at, at.opcode, first)
  }

  #renumberTable(at: InstructionReader): void {
    if (!this.#frames.at(-1)?.added) return
    const { out } = this.#copier
    this.#copier.flush(at.bytes, at.start)
    out.byte(OP.brTable)
    out.unsigned(at.labels.length - 1)
    for (const label of at.labels) out.unsigned(depthOf(this.#frames, label))
    this.#copier.skip(at)
  }
}
