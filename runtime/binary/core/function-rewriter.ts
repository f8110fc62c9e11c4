/**
 * Rewrites function bodies: renumbers what moved, marks pages that are written, pays for what is executed.
 *
 * Bytes between two edits are copied as they are. Code that cannot be reached is copied too: there the
 * operand stack has no shape to reason about.
 *
 * A mark follows its store: then the address is known to be in bounds and cannot wrap.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { ControlFrame } from './control-frame.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType, TYPE, type FunctionArity } from './core-types.ts'
import { FuelTracker } from './fuel-tracker.ts'
import { FunctionEmitter } from './function-emitter.ts'
import { InstructionReader } from './instruction-reader.ts'
import type { Layout } from './layout.ts'
import { MARK_SLACK_BYTES, MarkTracker } from './mark-tracker.ts'
import { effectOf, OP, VARIES } from './opcodes.ts'
import { BULK_LENGTH, writeOf, type MemoryWrite } from './memory-write.ts'

/** Branches of one function that are hardly ever taken, as offsets into its body. */
export interface BranchHints {
  readonly func: number
  readonly offsets: readonly number[]
}

export class FunctionRewriter {
  readonly #module: CoreModule
  readonly #layout: Layout
  readonly #exempt: (index: number) => number
  readonly #out = new ByteWriter(1 << 16)
  readonly #emit: FunctionEmitter
  readonly #marks: MarkTracker | undefined
  readonly #fuel: FuelTracker | undefined
  readonly #frames: ControlFrame[] = []
  #reachable = true
  #copied = 0
  #usesDataIndexes = false
  readonly #hints: BranchHints[] = []

  /** `exempt` returns what a function costs that does not pay for itself, or 0; by its original index. */
  constructor(module: CoreModule, layout: Layout, exempt: (index: number) => number) {
    this.#module = module
    this.#layout = layout
    this.#exempt = exempt
    this.#emit = new FunctionEmitter(this.#out, layout.fuel)
    const marks = layout.memories.some(({ map }) => map !== undefined)
    this.#marks = marks ? new MarkTracker() : undefined
    this.#fuel = layout.fuel && new FuelTracker(exempt)
  }

  /** The branches that rewriting added and that are hardly ever taken. */
  get hints(): readonly BranchHints[] {
    return this.#hints
  }

  /** Whether any instruction so far named a data segment. */
  get usesDataIndexes(): boolean {
    return this.#usesDataIndexes
  }

  /** Writes the body in `range`, with its size before it, to `target`. `index` counts imports too. */
  rewrite(index: number, range: Range, target: ByteWriter): void {
    const arity = this.#arity(this.#module.functions[index] ?? -1)
    const reader = new ByteReader(this.#module.bytes, range.start, range.end, 'core module')
    const groups = reader.u32()
    const groupsStart = reader.offset
    let locals = arity.params
    for (let i = 0; i < groups; i++) {
      locals += reader.u32()
      skipValueType(reader)
    }
    this.#out.clear()
    this.#emit.begin(locals)
    this.#marks?.begin(locals)
    this.#fuel?.begin()
    const pays = this.#fuel !== undefined && this.#exempt(index) === 0
    const entry = pays ? this.#emit.payEntry() : 0
    this.#rewriteInstructions(new InstructionReader(reader.bytes, reader.offset, range.end), arity)
    if (pays) this.#out.patch(entry, this.#fuel?.entry() ?? 0)

    const header = new ByteWriter(64)
    header.unsigned(groups + this.#emit.types.length)
    header.copy(reader.bytes, groupsStart, reader.offset)
    for (const type of this.#emit.types) {
      header.unsigned(1)
      header.byte(type)
    }
    if (this.#emit.unlikely.length > 0) {
      const { func } = this.#layout.numbering
      const offsets = this.#emit.unlikely.map((offset) => header.length + offset)
      this.#hints.push({ func: func(index), offsets })
    }
    target.unsigned(header.length + this.#out.length)
    target.copy(header.view())
    target.copy(this.#out.view())
  }

  #rewriteInstructions(at: InstructionReader, { results }: FunctionArity): void {
    this.#frames.length = 0
    this.#reachable = true
    this.#copied = at.position
    this.#frames.push({
      opcode: OP.block,
      results,
      params: 0,
      height: 0,
      time: 0,
      facts: 0,
      unpaid: 0,
      reachable: true,
    })
    while (at.next()) {
      if (this.#reachable && this.#fuel !== undefined) this.#payFor(at, this.#fuel)
      this.#renumber(at)
      if (this.#reachable && this.#marks !== undefined) this.#track(at, this.#marks)
      this.#control(at)
    }
    this.#flush(at.bytes, at.end)
  }

  #payFor(at: InstructionReader, fuel: FuelTracker): void {
    let due = fuel.step(at.opcode, at.first)
    switch (at.opcode) {
      case OP.br:
      case OP.brIf:
      case OP.brOnNull:
      case OP.brOnNonNull:
      case OP.brOnCast:
      case OP.brOnCastFail:
        due += fuel.branch(at.first)
        break
      case OP.brTable:
        for (const label of new Set(at.labels)) due += fuel.branch(label)
        break
      case OP.tryTable:
        for (const label of new Set(at.labels)) due += fuel.branchByException(label)
        break
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
      case OP.returnCallRef:
        fuel.exit()
    }
    const bulk = BULK_LENGTH.has(at.opcode)
    if (due === 0 && !bulk) return
    this.#flush(at.bytes, at.start)
    if (due > 0) this.#emit.pay(due)
    if (bulk) this.#emit.payLength(this.#wideLength(at))
  }

  #renumber(at: InstructionReader): void {
    const { numbering, memories } = this.#layout
    let { first } = at
    switch (at.opcode) {
      case OP.call:
      case OP.returnCall:
      case OP.refFunc:
        first = numbering.func(first)
        break
      case OP.globalGet:
      case OP.globalSet:
        first = numbering.global(first)
        break
      case OP.memorySize: {
        const { size } = memories[first] ?? {}
        if (size !== undefined) this.#substitute(at, OP.globalGet, size)
        return
      }
      case OP.memoryGrow: {
        const { grow } = memories[first] ?? {}
        if (grow !== undefined) this.#substitute(at, OP.call, grow)
        return
      }
      case OP.memoryInit:
      case OP.dataDrop:
      case OP.arrayNewData:
      case OP.arrayInitData:
        this.#usesDataIndexes = true
    }
    if (first !== at.first) this.#substitute(at, at.opcode, first)
  }

  #substitute(at: InstructionReader, opcode: number, index: number): void {
    this.#flush(at.bytes, at.start)
    this.#out.byte(opcode)
    this.#out.unsigned(index)
    this.#copied = at.position
  }

  #track(at: InstructionReader, marks: MarkTracker): void {
    const write = writeOf(at.opcode)
    if (write !== undefined) return this.#mark(at, write, marks)
    switch (at.opcode) {
      case OP.localGet:
        return marks.localGet(at.first)
      case OP.localSet:
        return marks.localSet(at.first)
      case OP.localTee:
        return marks.localTee(at.first)
      case OP.call:
        return this.#apply(this.#module.functions[at.first] ?? -1, 0, marks)
      case OP.callIndirect:
        return this.#apply(at.first, 1, marks)
      case OP.callRef:
        return this.#apply(at.first, 1, marks)
      case OP.brIf:
      case OP.brOnNonNull:
        return marks.replace(1, 0)
    }
    const effect = effectOf(at.opcode)
    if (effect >>> 4 !== VARIES) marks.replace(effect >>> 4, effect & 15)
  }

  #apply(type: number, extra: number, marks: MarkTracker): void {
    const { params, results } = this.#arity(type)
    marks.replace(params + extra, results)
  }

  #mark(at: InstructionReader, write: MemoryWrite, marks: MarkTracker): void {
    const { taken, left, types, bytes } = write
    const to = this.#layout.memories[at.opcode === OP.memoryInit ? at.second : at.first]
    const bulk = bytes === 0
    const covered = !bulk && marks.covers(taken - 1, at.offset, bytes)
    if (to?.map === undefined || covered) return marks.replace(taken, left)
    // The operands above the address, from the top down, go to temporaries and come back.
    this.#flush(at.bytes, at.start)
    const emit = this.#emit
    const known = bulk ? -1 : marks.localAt(taken - 1)
    const address = known === -1 ? emit.temporary('address', TYPE.i32) : known
    const operands = types.map((type, i) => emit.temporary(`operand${i}`, type))
    if (known === -1) {
      for (const operand of operands.toReversed()) emit.set(operand)
      emit.tee(address)
      for (const operand of operands) emit.get(operand)
    }
    this.#flush(at.bytes, at.position)
    if (bulk) {
      emit.get(address)
      emit.get(operands.at(-1) ?? 0)
      emit.call(to.markRange ?? 0)
    } else {
      // Close to the address, one mark serves the stores at all small offsets.
      const from = at.offset + bytes <= MARK_SLACK_BYTES ? 0 : at.offset
      emit.mark(address, from, to.map)
      marks.note(taken - 1, from)
    }
    marks.replace(taken, left)
  }

  #control(at: InstructionReader): void {
    switch (at.opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
      case OP.try:
      case OP.tryTable:
        return this.#open(at)
      case OP.else:
      case OP.catch:
      case OP.catchAll:
        return this.#alternative(at)
      case OP.end:
      case OP.delegate:
        return this.#close(at)
      case OP.unreachable:
      case OP.br:
      case OP.brTable:
      case OP.return:
      case OP.returnCall:
      case OP.returnCallIndirect:
      case OP.returnCallRef:
      case OP.throw:
      case OP.rethrow:
      case OP.throwRef:
        this.#reachable = false
    }
  }

  #open(at: InstructionReader): void {
    const { params, results } = this.#blockArity(at.blockType)
    const marks = this.#marks
    const loop = at.opcode === OP.loop
    if (this.#reachable && at.opcode === OP.if) marks?.replace(1, 0)
    const height = (marks?.height ?? 0) - params
    this.#frames.push({
      opcode: at.opcode,
      results,
      params,
      height,
      time: marks?.time ?? 0,
      facts: marks?.facts ?? 0,
      unpaid: this.#fuel?.unpaid ?? 0,
      reachable: this.#reachable,
    })
    this.#fuel?.enter(loop)
    if (!this.#reachable) return
    if (loop) {
      // Every path back arrives here too: no local is what it was.
      marks?.joinSince(-1)
      marks?.setHeight(height, params)
    }
  }

  /** `else`, or a handler: begins with what was known when the block was opened. */
  #alternative(at: InstructionReader): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return
    if (at.opcode === OP.else) this.#fuel?.otherwise(frame.unpaid, this.#reachable)
    else this.#fuel?.handler(this.#reachable)
    this.#reachable = frame.reachable
    if (!frame.reachable) return
    this.#marks?.forgetSince(frame.facts)
    this.#marks?.joinSince(frame.time)
    let operands = 0
    if (at.opcode === OP.else) operands = frame.params
    else if (at.opcode === OP.catch) operands = this.#module.tags.arities[at.first] ?? 0
    this.#marks?.setHeight(frame.height, operands)
  }

  #close(at: InstructionReader): void {
    const frame = this.#frames.pop()
    if (frame === undefined) return
    if (frame.opcode === OP.if) this.#fuel?.endIf(frame.unpaid)
    this.#fuel?.end(this.#reachable)
    // After a block whose inside was copied unseen, so is what follows.
    this.#reachable = frame.reachable
    if (!frame.reachable || at.position >= at.end) return
    if (frame.opcode !== OP.loop) {
      this.#marks?.forgetSince(frame.facts)
      this.#marks?.joinSince(frame.time)
    }
    this.#marks?.setHeight(frame.height, frame.results)
  }

  #flush(bytes: Uint8Array, to: number): void {
    if (to > this.#copied) this.#out.copy(bytes, this.#copied, to)
    this.#copied = to
  }

  #wideLength(at: InstructionReader): boolean {
    const { memories, tables } = this.#module
    switch (at.opcode) {
      case OP.memoryFill:
        return memories[at.first]?.wide ?? false
      case OP.memoryCopy:
        return ((memories[at.first]?.wide ?? false) && memories[at.second]?.wide) ?? false
      case OP.tableFill:
      case OP.tableGrow:
        return tables[at.first]?.wide ?? false
      case OP.tableCopy:
        return ((tables[at.first]?.wide ?? false) && tables[at.second]?.wide) ?? false
      default:
        return false
    }
  }

  #arity(type: number): FunctionArity {
    return this.#module.types[type] ?? { params: 0, results: 0 }
  }

  #blockArity(type: number): FunctionArity {
    if (type >= 0) return this.#arity(type)
    return { params: 0, results: type === -1 ? 1 : 0 }
  }
}
