/**
 * Rewrites function bodies: renumbers indexes that moved, marks pages that are written, adds payments of fuel.
 *
 * Bytes between two edits are copied as they are. Code that cannot be reached is copied too: there the
 * operand stack has no shape to reason about.
 *
 * Longer than other files: labels, marks and payments all hang on one walk over one stack of open blocks. The code
 * that decides about each of them is in other files already.
 *
 * @module
 */

import { ByteReader } from '../reader.ts'
import { BodyCopier } from './body-copier.ts'
import { isBulkWrite } from './bulk-functions.ts'
import { ByteWriter } from './byte-writer.ts'
import { depthOf, targetOf, type ControlFrame } from './control-frame.ts'
import type { CoreModule, Range } from './core-module.ts'
import { skipValueType, TYPE, type FunctionArity } from './core-types.ts'
import { ExceptionRanges } from './exception-count.ts'
import { ExceptionFrames } from './exception-frames.ts'
import type { Payment } from './exempt-functions.ts'
import { ALLOWANCE, CREDIT, FuelTracker, UNIT, units } from './fuel-tracker.ts'
import { FunctionEmitter } from './function-emitter.ts'
import { NO_OUTLINE, outlineFunction, type FunctionOutline } from './function-outline.ts'
import { InstructionReader } from './instruction-reader.ts'
import { INSTRUCTIONS } from './instruction-table.ts'
import type { Layout } from './layout.ts'
import { priceOf } from './length-price.ts'
import type { MarkTracker } from './mark-tracker.ts'
import { isWideLength } from './memory-write.ts'
import { ObjectCharger } from './object-charger.ts'
import { OP } from './opcodes.ts'
import { Renumberer } from './renumberer.ts'
import { StoreMarker } from './store-marker.ts'
import { holdsException } from './type-details.ts'

/** Branches of one function that are hardly ever taken, as offsets into its body. */
export interface BranchHints {
  readonly func: number
  readonly offsets: readonly number[]
}

/** A function of this size with a loop that calls others is taken for an interpreter. */
const INTERPRETER_BYTES = 8192

/** Instructions that would hold the thread. */
const WAITS: ReadonlySet<number> = new Set(
  INSTRUCTIONS.filter(({ rule }) => rule.verdict === 'traps').map(({ opcode }) => opcode),
)

/** Labels that `FunctionEmitter.openRestart` adds. */
const RESTART_LABELS = 3

export class FunctionRewriter {
  readonly #module: CoreModule
  readonly #layout: Layout
  readonly #payment: (index: number) => Payment
  readonly #out = new ByteWriter(1 << 16)
  readonly #emit: FunctionEmitter
  readonly #copier: BodyCopier
  readonly #marker: StoreMarker | undefined
  readonly #numbers: Renumberer
  readonly #marks: MarkTracker | undefined
  readonly #fuel: FuelTracker | undefined
  readonly #frames: ControlFrame[] = []
  #reachable = true
  // Whether entering the function was paid for on every path to here, and where that is.
  #paid = true
  readonly #entries: number[] = []
  // Fuel that loops are sure to need, paid together with the entry.
  #advance = 0
  #outline: FunctionOutline = NO_OUTLINE
  readonly #objects: ObjectCharger | undefined
  readonly #exceptions: ExceptionFrames
  readonly #hints: BranchHints[] = []

  /** `payment` says how a function is paid for, by its original index. */
  constructor(module: CoreModule, layout: Layout, payment: (index: number) => Payment) {
    this.#module = module
    this.#layout = layout
    this.#payment = payment
    this.#emit = new FunctionEmitter(this.#out, layout.fuel)
    this.#copier = new BodyCopier(this.#out)
    this.#numbers = new Renumberer(layout, this.#copier, this.#frames)
    const marks = layout.memories.some(({ map }) => map !== undefined)
    this.#marker = marks ? new StoreMarker(module, layout, this.#copier, this.#emit) : undefined
    this.#marks = this.#marker?.tracker
    this.#fuel =
      layout.fuel &&
      new FuelTracker(
        (index) => payment(index).cost,
        (tag) => module.tags.arities[tag] ?? 0,
      )
    const { allocate } = layout
    this.#objects =
      allocate === undefined
        ? undefined
        : new ObjectCharger(module, allocate, this.#copier, this.#emit)
    this.#exceptions = new ExceptionFrames(module, layout.room, this.#copier, this.#emit)
  }

  /** The branches that rewriting added and that are hardly ever taken. */
  get hints(): readonly BranchHints[] {
    return this.#hints
  }

  /** Whether any instruction so far named a data segment. */
  get usesDataIndexes(): boolean {
    return this.#numbers.usesDataIndexes
  }

  /** Writes the body in `range`, with its size before it, to `target`. `index` counts imports too. */
  rewrite(index: number, range: Range, target: ByteWriter): void {
    const arity = this.#arity(this.#module.functions[index] ?? -1)
    const reader = new ByteReader(this.#module.bytes, range.start, range.end, 'core module')
    const groups = reader.u32()
    const groupsStart = reader.offset
    let locals = arity.params
    const exceptions = new ExceptionRanges()
    exceptions.addParams(reader.bytes, this.#exceptions.params(index))
    for (let i = 0; i < groups; i++) {
      const count = reader.u32()
      const start = reader.offset
      skipValueType(reader)
      if (holdsException(reader.bytes, { start, end: reader.offset })) exceptions.add(locals, count)
      locals += count
    }
    this.#out.clear()
    this.#emit.begin(locals)
    this.#outline = outlineFunction(reader.bytes, reader.offset, range.end, exceptions)
    this.#exceptions.begin(index, this.#outline)
    this.#marks?.begin(locals, this.#outline.lastAssignments)
    if (this.#fuel) this.#beginPaying(index, range.end - range.start, this.#fuel)
    this.#rewriteInstructions(new InstructionReader(reader.bytes, reader.offset, range.end), arity)
    const entry = (this.#fuel?.entry() ?? 0) + this.#advance
    for (const at of this.#entries) this.#emit.patchEntry(at, entry)

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

  #beginPaying(index: number, bytes: number, fuel: FuelTracker): void {
    const { cost, pays } = this.#payment(index)
    const { loops, leafLoops } = this.#outline
    fuel.begin(loops > 0 ? cost - CREDIT * UNIT : cost)
    if (loops > 0) this.#emit.credit(CREDIT)
    this.#paid = !pays
    this.#entries.length = 0
    this.#advance = bytes > INTERPRETER_BYTES && leafLoops.size < loops ? ALLOWANCE : 0
  }

  #rewriteInstructions(at: InstructionReader, { results }: FunctionArity): void {
    this.#frames.length = 0
    this.#reachable = true
    this.#copier.begin(at.position)
    this.#exceptions.open()
    this.#frames.push({
      opcode: OP.block,
      results,
      params: 0,
      height: 0,
      time: 0,
      facts: 0,
      unpaid: 0,
      added: 0,
      paid: this.#paid,
      restarts: false,
      reachable: true,
    })
    while (at.next()) {
      if (this.#reachable) this.#charge(at)
      this.#numbers.renumber(at)
      if (this.#reachable) this.#write(at)
      this.#control(at)
    }
    this.#exceptions.close(at)
  }

  /** Emits the mark for an instruction that writes to a memory. */
  #write(at: InstructionReader): void {
    if (this.#marker !== undefined) this.#marker.track(at)
    else if (this.#layout.bulk !== undefined && isBulkWrite(at.opcode))
      this.#copier.substitute(at, OP.call, this.#layout.bulk(at))
  }

  /** Emits the payment before an instruction that is reached. */
  #charge(at: InstructionReader): void {
    if (this.#fuel !== undefined) this.#payFor(at, this.#fuel)
    this.#objects?.charge(at)
    if (at.opcode > OP.atomicNotify && WAITS.has(at.opcode)) {
      this.#copier.flush(at.bytes, at.start)
      this.#out.byte(OP.unreachable)
    }
    if (this.#exceptions.wraps)
      this.#exceptions.leave(at, depthOf(this.#frames, this.#frames.length - 1))
  }

  #payFor(at: InstructionReader, fuel: FuelTracker): void {
    if (!this.#paid && this.#leadsOn(at)) this.#payEntry(at, fuel)
    let due = fuel.step(at.opcode, at.first)
    switch (at.opcode) {
      case OP.br:
      case OP.brIf:
        due += fuel.branch(at.first)
        if (targetOf(this.#frames, at.first)?.restarts) return this.#repeat(at, units(due))
        break
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
        fuel.exit(this.#paid)
    }
    const price = priceOf(at.opcode)
    if (due === 0 && price === undefined) return
    this.#copier.flush(at.bytes, at.start)
    if (due > 0) this.#emit.pay(units(due))
    if (price !== undefined) this.#emit.payLength(price, isWideLength(this.#module, at))
  }

  /** Whether the instruction calls something that may lead back here, or begins a loop that does. */
  #leadsOn(at: InstructionReader): boolean {
    switch (at.opcode) {
      case OP.call:
      case OP.returnCall:
        return !this.#payment(at.first).closed
      case OP.loop:
        return !this.#outline.leafLoops.has(at.start)
      case OP.callIndirect:
      case OP.returnCallIndirect:
      case OP.callRef:
      case OP.returnCallRef:
        return true
      default:
        return false
    }
  }

  #payEntry(at: InstructionReader, fuel: FuelTracker): void {
    this.#copier.flush(at.bytes, at.start)
    fuel.payEntry()
    this.#entries.push(this.#emit.payEntry(this.#advance))
    this.#paid = true
  }

  /** A jump back to a loop that restarts when the allowance does not suffice for `due`. */
  #repeat(at: InstructionReader, due: number): void {
    const depth = depthOf(this.#frames, at.first)
    this.#copier.flush(at.bytes, at.start)
    if (at.opcode === OP.br) this.#emit.payAndRepeat(due, depth)
    else {
      this.#out.byte(OP.if)
      this.#out.byte(TYPE.empty)
      this.#emit.payAndRepeat(due, depth + 1)
      this.#out.byte(OP.end)
    }
    this.#copier.skip(at)
  }

  /** Whether a loop can be wrapped so that it restarts. A loop that contains calls anyway gains nothing. */
  #canRestart(at: InstructionReader): boolean {
    const { leafLoops, plainBranches } = this.#outline
    return this.#fuel !== undefined && plainBranches && leafLoops.has(at.start)
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
    // A loop that calls anyway gains nothing.
    const restarts = loop && params === 0 && this.#reachable && this.#canRestart(at)
    if (restarts) {
      this.#copier.flush(at.bytes, at.start)
      this.#emit.openRestart(at.bytes.subarray(at.immediates, at.position))
    }
    this.#frames.push({
      opcode: at.opcode,
      results,
      params,
      height,
      time: marks?.time ?? 0,
      facts: marks?.facts ?? 0,
      unpaid: this.#fuel?.unpaid ?? 0,
      added: (this.#frames.at(-1)?.added ?? 0) + (restarts ? RESTART_LABELS : 0),
      restarts,
      paid: this.#paid,
      reachable: this.#reachable,
    })
    this.#fuel?.enter(loop)
    if (!this.#reachable) return
    if (loop) {
      marks?.loop()
      marks?.setHeight(height, params)
    }
  }

  /** `else`, or a handler: begins with the facts known when the block was opened. */
  #alternative(at: InstructionReader): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return
    if (at.opcode === OP.else) this.#fuel?.otherwise(frame.unpaid, this.#reachable)
    else this.#fuel?.handler(this.#reachable)
    this.#reachable = frame.reachable
    this.#paid = frame.paid
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
    if (frame.restarts) {
      this.#copier.flush(at.bytes, at.position)
      this.#emit.closeRestart()
    }
    if (frame.opcode === OP.if) this.#fuel?.endIf(frame.unpaid)
    this.#fuel?.end(this.#reachable, frame.paid)
    // If the inside of a block was copied without a look, so is the code after it.
    this.#reachable = frame.reachable
    // A loop is left at its end alone, any other block from wherever a branch leads there.
    if (frame.opcode !== OP.loop) this.#paid = frame.paid
    if (!frame.reachable || at.position >= at.end) return
    if (frame.opcode !== OP.loop) {
      this.#marks?.forgetSince(frame.facts)
      this.#marks?.joinSince(frame.time)
    }
    this.#marks?.setHeight(frame.height, frame.results)
  }

  #arity(type: number): FunctionArity {
    return this.#module.types[type] ?? { params: 0, results: 0 }
  }

  #blockArity(type: number): FunctionArity {
    if (type >= 0) return this.#arity(type)
    return { params: 0, results: type === -1 ? 1 : 0 }
  }
}
