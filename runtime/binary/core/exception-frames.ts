/**
 * Wraps the body of a function that can hold exceptions, so that each of its calls pays for them while it lasts.
 *
 * The call takes room when it begins and gives it back however it is left: by its end, by a `return`, which
 * becomes a branch, before a tail call, and by an exception, which is caught and thrown on. A trap ends the
 * slot, so that nothing needs to be given back then.
 *
 * @module
 */
import type { BodyCopier } from './body-copier.ts'
import type { CoreModule, Range } from './core-module.ts'
import { TYPE } from './core-types.ts'
import type { FunctionEmitter } from './function-emitter.ts'
import type { FunctionOutline } from './function-outline.ts'
import type { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'
import { roomOf } from './room.ts'
import { MAX_EXCEPTION_BYTES, mentionsException } from './tag-rules.ts'
import { readTypes, type TypeDetail } from './type-details.ts'

/** The wrapper of a function that is being rewritten. */
interface Frame {
  /** Taken from the room when a call begins. */
  readonly units: number
  readonly legacy: boolean
  /** The type of the function. */
  readonly type: number
  readonly params: number
  readonly results: readonly Range[]
}

const EXN = 0x69
const CATCH_ALL_REF = 3

export class ExceptionFrames {
  readonly #module: CoreModule
  readonly #room: number | undefined
  readonly #copier: BodyCopier
  readonly #emit: FunctionEmitter
  readonly #mayTakeExceptions: boolean
  #types: readonly TypeDetail[] | undefined
  #frame: Frame | undefined

  /** `room` is the global that is charged. */
  constructor(
    module: CoreModule,
    room: number | undefined,
    copier: BodyCopier,
    emit: FunctionEmitter,
  ) {
    this.#module = module
    this.#room = room
    this.#copier = copier
    this.#emit = emit
    this.#mayTakeExceptions = mentionsException(module)
  }

  /** The types of the parameters of a function, where some may refer to exceptions. */
  params(func: number): readonly Range[] {
    return this.#mayTakeExceptions ? this.#detail(this.#typeOf(func)).params : []
  }

  /** Begins with another function, and decides whether it needs a wrapper. */
  begin(func: number, { exceptions, legacy }: FunctionOutline): void {
    this.#frame = undefined
    if (exceptions === 0 || this.#room === undefined) return
    const type = this.#typeOf(func)
    const { params, results } = this.#detail(type)
    const units = exceptions * roomOf(MAX_EXCEPTION_BYTES)
    this.#frame = { units, legacy, type, params: params.length, results }
  }

  /** Whether the function has a wrapper. */
  get wraps(): boolean {
    return this.#frame !== undefined
  }

  /** Opens the wrapper before the first instruction. The label of the body becomes the label of the wrapper. */
  open(): void {
    const frame = this.#frame
    if (frame === undefined || this.#room === undefined) return
    const emit = this.#emit
    const { out } = emit
    emit.takeRoom(this.#room, frame.units)
    if (!frame.legacy) {
      out.byte(OP.block)
      out.byte(EXN)
    }
    // A block with several results needs a type index. The function's type fits, but it has parameters too.
    const given = frame.results.length > 1 ? frame.params : 0
    for (let i = 0; i < given; i++) emit.get(i)
    out.byte(frame.legacy ? OP.try : OP.tryTable)
    this.#writeType(frame)
    if (!frame.legacy) {
      out.byte(1)
      out.byte(CATCH_ALL_REF)
      out.byte(0)
    }
    for (let i = 0; i < given; i++) out.byte(OP.drop)
  }

  /** Makes an instruction that leaves the function leave its wrapper first. `label` is the label of the body. */
  leave(at: InstructionReader, label: number): void {
    const frame = this.#frame
    if (frame === undefined) return
    switch (at.opcode) {
      case OP.return:
        return this.#copier.substitute(at, OP.br, label)
      case OP.returnCall:
      case OP.returnCallIndirect:
      case OP.returnCallRef:
        this.#copier.flush(at.bytes, at.start)
        this.#giveBack(frame)
    }
  }

  /** Copies the rest of the body, and closes the wrapper in place of its `end`. */
  close(at: InstructionReader): void {
    const frame = this.#frame
    if (frame === undefined) return this.#copier.flush(at.bytes, at.end)
    this.#copier.flush(at.bytes, at.end - 1)
    const { out } = this.#emit
    if (frame.legacy) {
      out.byte(OP.catchAll)
      this.#giveBack(frame)
      out.byte(OP.rethrow)
      out.byte(0)
      out.byte(OP.end)
      this.#giveBack(frame)
    } else {
      out.byte(OP.end)
      this.#giveBack(frame)
      out.byte(OP.return)
      out.byte(OP.end)
      this.#giveBack(frame)
      out.byte(OP.throwRef)
    }
    out.byte(OP.end)
  }

  #giveBack({ units }: Frame): void {
    if (this.#room !== undefined) this.#emit.giveRoom(this.#room, units)
  }

  #writeType({ results, type }: Frame): void {
    const { out } = this.#emit
    const [only] = results
    if (only === undefined) out.byte(TYPE.empty)
    else if (results.length === 1) out.copy(this.#module.bytes, only.start, only.end)
    else out.signed(type)
  }

  #typeOf(func: number): number {
    return this.#module.functions[func] ?? -1
  }

  #detail(type: number): { readonly params: readonly Range[]; readonly results: readonly Range[] } {
    const detail = (this.#types ??= readTypes(this.#module))[type]
    return detail?.kind === 'func' ? detail : { params: [], results: [] }
  }
}
