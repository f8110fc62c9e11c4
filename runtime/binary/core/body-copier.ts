/**
 * Copies a function body instruction by instruction, and replaces some of them.
 *
 * @module
 */

import type { ByteWriter } from './byte-writer.ts'
import type { InstructionReader } from './instruction-reader.ts'

export class BodyCopier {
  readonly out: ByteWriter
  #copied = 0

  constructor(out: ByteWriter) {
    this.out = out
  }

  /** Nothing before `position` is copied. */
  begin(position: number): void {
    this.#copied = position
  }

  /** Copies the bytes that were not copied yet, up to `to`. */
  flush(bytes: Uint8Array, to: number): void {
    if (to > this.#copied) this.out.copy(bytes, this.#copied, to)
    this.#copied = to
  }

  /** The instruction was written in another form: it is not copied. */
  skip(at: InstructionReader): void {
    this.#copied = at.position
  }

  isDone(at: InstructionReader): boolean {
    return this.#copied === at.position
  }

  /** Replaces the instruction by `opcode` with one index. */
  substitute(at: InstructionReader, opcode: number, index: number): void {
    this.flush(at.bytes, at.start)
    this.out.byte(opcode)
    this.out.unsigned(index)
    this.skip(at)
  }
}
