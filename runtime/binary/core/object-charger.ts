/**
 * Charges the allocation of instructions that make objects.
 *
 * The size of an object is charged before it is made, from the room of the component, until the invocation ends: the
 * engine does not report which objects it has collected.
 *
 * @module
 */
import type { BodyCopier } from './body-copier.ts'
import type { CoreModule } from './core-module.ts'
import { TYPE } from './core-types.ts'
import type { FunctionEmitter } from './function-emitter.ts'
import type { InstructionReader } from './instruction-reader.ts'
import { OP } from './opcodes.ts'
import { elementBytes, objectBytes, readTypes, type TypeDetail } from './type-details.ts'

export class ObjectCharger {
  readonly #bytes: Uint8Array
  readonly #types: readonly TypeDetail[]
  readonly #allocate: number
  readonly #copier: BodyCopier
  readonly #emit: FunctionEmitter

  /** `allocate` is the function that takes bytes from the room. */
  constructor(module: CoreModule, allocate: number, copier: BodyCopier, emit: FunctionEmitter) {
    this.#bytes = module.bytes
    this.#types = readTypes(module)
    this.#allocate = allocate
    this.#copier = copier
    this.#emit = emit
  }

  /** Writes the charge before an instruction that makes an object. */
  charge(at: InstructionReader): void {
    const type = this.#types[at.first]
    switch (at.opcode) {
      case OP.structNew:
      case OP.structNewDefault:
        return this.#take(at, objectBytes(this.#bytes, type))
      case OP.arrayNewFixed:
        return this.#take(
          at,
          objectBytes(this.#bytes, type) + at.second * elementBytes(this.#bytes, type),
        )
      case OP.arrayNew:
      case OP.arrayNewDefault:
      case OP.arrayNewData:
      case OP.arrayNewElem:
        return this.#takeByLength(
          at,
          objectBytes(this.#bytes, type),
          elementBytes(this.#bytes, type),
        )
    }
  }

  #take(at: InstructionReader, bytes: number): void {
    this.#copier.flush(at.bytes, at.start)
    this.#emit.number(bytes, true)
    this.#emit.call(this.#allocate)
  }

  /** The top operand says how many elements there are. */
  #takeByLength(at: InstructionReader, header: number, each: number): void {
    const emit = this.#emit
    const { out } = emit
    this.#copier.flush(at.bytes, at.start)
    const length = emit.temporary('length', TYPE.i32)
    emit.tee(length)
    emit.get(length)
    out.byte(OP.i64ExtendI32U)
    emit.number(each, true)
    out.byte(OP.i64Mul)
    emit.number(header, true)
    out.byte(OP.i64Add)
    emit.call(this.#allocate)
  }
}
