/**
 * Follows the values of a function body, and adds marks behind the instructions that write to a memory.
 *
 * A mark follows its store: then the address is known to be in bounds and cannot wrap.
 *
 * @module
 */

import type { BodyCopier } from './body-copier.ts'
import type { CoreModule } from './core-module.ts'
import { TYPE } from './core-types.ts'
import type { FunctionEmitter } from './function-emitter.ts'
import type { InstructionReader } from './instruction-reader.ts'
import type { Layout } from './layout.ts'
import { MARK_SLACK_BYTES, MarkTracker } from './mark-tracker.ts'
import { writeOf, type MemoryWrite } from './memory-write.ts'
import { VARIES } from './immediate.ts'
import { effectOf, OP } from './opcodes.ts'

export class StoreMarker {
  readonly tracker: MarkTracker = new MarkTracker()
  readonly #module: CoreModule
  readonly #layout: Layout
  readonly #copier: BodyCopier
  readonly #emit: FunctionEmitter

  constructor(module: CoreModule, layout: Layout, copier: BodyCopier, emit: FunctionEmitter) {
    this.#module = module
    this.#layout = layout
    this.#copier = copier
    this.#emit = emit
  }

  /** Follows an instruction that is reached, and emits a mark if it writes. */
  track(at: InstructionReader): void {
    const marks = this.tracker
    marks.position = at.start
    const write = writeOf(at.opcode)
    if (write !== undefined) return this.#mark(at, write)
    switch (at.opcode) {
      case OP.localGet:
        return marks.localGet(at.first)
      case OP.localSet:
        return marks.localSet(at.first)
      case OP.localTee:
        return marks.localTee(at.first)
      case OP.i32Const:
        return marks.constant(at.constant32())
      case OP.i32Add:
        return marks.add(1)
      case OP.i32Sub:
        return marks.add(-1)
      case OP.call:
        return this.#apply(this.#module.functions[at.first] ?? -1, 0)
      case OP.callIndirect:
        return this.#apply(at.first, 1)
      case OP.callRef:
        return this.#apply(at.first, 1)
      case OP.brIf:
      case OP.brOnNonNull:
        return marks.replace(1, 0)
    }
    const effect = effectOf(at.opcode)
    if (effect >>> 4 !== VARIES) marks.replace(effect >>> 4, effect & 15)
  }

  #apply(type: number, extra: number): void {
    const { params, results } = this.#module.types[type] ?? { params: 0, results: 0 }
    this.tracker.replace(params + extra, results)
  }

  #mark(at: InstructionReader, write: MemoryWrite): void {
    const marks = this.tracker
    const { taken, left, types, bytes } = write
    const memory = at.opcode === OP.memoryInit ? at.second : at.first
    const to = this.#layout.memories[memory]
    const bulk = bytes === 0
    const covered = !bulk && marks.covers(memory, taken - 1, at.offset, bytes)
    if (to?.map === undefined || covered) return marks.replace(taken, left)
    // The operands above the address, from the top down, go to temporaries and come back.
    this.#copier.flush(at.bytes, at.start)
    const emit = this.#emit
    const known = bulk ? -1 : marks.localAt(taken - 1)
    const address = known === -1 ? emit.temporary('address', TYPE.i32) : known
    const operands = types.map((type, i) => emit.temporary(`operand${i}`, type))
    if (known === -1) {
      for (const operand of operands.toReversed()) emit.set(operand)
      emit.tee(address)
      for (const operand of operands) emit.get(operand)
    }
    const standIn = bulk ? this.#layout.bulk?.(at) : undefined
    if (standIn === undefined) this.#copier.flush(at.bytes, at.position)
    else this.#copier.substitute(at, OP.call, standIn)
    if (bulk) {
      emit.get(address)
      emit.get(operands.at(-1) ?? 0)
      emit.call(to.markRange ?? 0)
    } else {
      // Close to the address, one mark serves the stores at all small offsets.
      const from = at.offset + bytes <= MARK_SLACK_BYTES ? 0 : at.offset
      emit.mark(address, from, to.map)
      marks.note(memory, taken - 1, from)
    }
    marks.replace(taken, left)
  }
}
