/**
 * Steps through the instructions of a function body or constant expression.
 *
 * One object is reused for all of them and its fields are overwritten by `next`: a module has half a
 * million instructions, and an object each would cost more than all the rest of rewriting.
 *
 * @module
 */

import { MayflyError } from '../../errors/index.ts'
import { ByteReader } from '../reader.ts'
import { skipHeapType, skipValueType } from './core-types.ts'
import { IMMEDIATE } from './immediate.ts'
import { describeInstruction } from './instruction-table.ts'
import { immediateOf } from './opcodes.ts'

export class InstructionReader {
  readonly bytes: Uint8Array
  readonly end: number
  /** The instruction: its byte, or `prefix << 12 | sub`. */
  opcode = 0
  /** Where the instruction begins. */
  start = 0
  /** Where the next one begins. */
  position: number
  /** First index: a function, label, local, global, memory, table or type. */
  first = 0
  second = 0
  /** The constant a memory access adds to its address. */
  offset = 0
  /** A block type: -0x40 for none, another negative value for one result, else a type index. */
  blockType = 0
  /** Offset of the immediates, for immediates that are not kept in a field. */
  immediates = 0
  /** The targets of `br_table`, the default last, or the labels of `try_table`. */
  labels: number[] = []
  /** How many handlers of a `try_table` get a reference to the exception. */
  references = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.position = start
    this.end = end
  }

  /** Reads one instruction. Returns false at the end. */
  next(): boolean {
    if (this.position >= this.end) return false
    this.start = this.position
    let opcode = this.#byte()
    if (opcode >= 0xfb && opcode <= 0xfe) {
      const sub = this.#unsigned()
      if (sub > 0xfff) this.#unknown(opcode)
      opcode = (opcode << 12) | sub
    }
    this.opcode = opcode
    this.immediates = this.position
    this.#readImmediates(opcode)
    return true
  }

  /** The value of an `i32.const`. */
  constant32(): number {
    let value = 0
    let shift = 0
    for (let at = this.immediates; at < this.position; at++, shift += 7)
      value |= ((this.bytes[at] ?? 0) & 0x7f) << shift
    // Bit 6 of the last byte is the sign.
    return shift < 32 ? (value << (32 - shift)) >> (32 - shift) : value
  }

  /** The value of an `i32.const` or `i64.const`. */
  constant(): bigint {
    return new ByteReader(this.bytes, this.immediates, this.end, 'core module').s64()
  }

  #readImmediates(opcode: number): void {
    switch (immediateOf(opcode)) {
      case IMMEDIATE.none:
        return
      case IMMEDIATE.index:
      case IMMEDIATE.label:
        this.first = this.#unsigned()
        return
      case IMMEDIATE.twoIndexes:
        this.first = this.#unsigned()
        this.second = this.#unsigned()
        return
      case IMMEDIATE.memory:
        this.#memory()
        return
      case IMMEDIATE.memoryLane:
        this.#memory()
        this.#byte()
        return
      case IMMEDIATE.lane:
        this.#byte()
        return
      case IMMEDIATE.i32:
      case IMMEDIATE.i64:
        while (this.#byte() > 0x7f);
        return
      case IMMEDIATE.f32:
        this.#skip(4)
        return
      case IMMEDIATE.f64:
        this.#skip(8)
        return
      case IMMEDIATE.bytes16:
        this.#skip(16)
        return
      case IMMEDIATE.block:
        this.#blockType()
        return
      case IMMEDIATE.labels: {
        this.labels.length = 0
        // One more than the count: the default.
        for (let rest = this.#unsigned(); rest >= 0; rest--) this.labels.push(this.#unsigned())
        return
      }
      case IMMEDIATE.tryTable:
        this.#tryTable()
        return
      case IMMEDIATE.heapType:
        this.#delegate(skipHeapType)
        return
      case IMMEDIATE.types:
        for (let rest = this.#unsigned(); rest > 0; rest--) this.#delegate(skipValueType)
        return
      case IMMEDIATE.castBranch:
        this.#byte()
        this.first = this.#unsigned()
        this.#delegate(skipHeapType)
        this.#delegate(skipHeapType)
        return
      default:
        this.#unknown(opcode)
    }
  }

  #memory(): void {
    const flags = this.#unsigned()
    // Bit 6 says that a memory index follows.
    this.first = flags & 0x40 ? this.#unsigned() : 0
    this.second = flags & 0x3f
    this.offset = this.#unsigned64()
  }

  #blockType(): void {
    const code = this.bytes[this.position] ?? 0
    if (code === 0x40) {
      this.position++
      this.blockType = -0x40
    } else if (code >= 0x41 && code <= 0x7f) {
      this.#delegate(skipValueType)
      this.blockType = -1
    } else this.blockType = this.#unsigned()
  }

  #tryTable(): void {
    this.#blockType()
    this.labels.length = 0
    this.references = 0
    for (let rest = this.#unsigned(); rest > 0; rest--) {
      const kind = this.#byte()
      if (kind > 3) this.#unknown(this.opcode)
      if (kind < 2) this.#unsigned()
      // `catch_ref` and `catch_all_ref`.
      this.references += kind & 1
      this.labels.push(this.#unsigned())
    }
  }

  #delegate(skip: (reader: ByteReader) => void): void {
    const reader = new ByteReader(this.bytes, this.position, this.end, 'core module')
    skip(reader)
    this.position = reader.offset
  }

  #byte(): number {
    if (this.position >= this.end) this.#skip(1)
    return this.bytes[this.position++] ?? 0
  }

  #skip(count: number): void {
    this.position += count
    if (this.position > this.end) {
      throw new MayflyError(
        'ERR_COMPONENT_MALFORMED',
        `Cannot read core module: unexpected end at byte ${this.end}`,
      )
    }
  }

  #unsigned(): number {
    let byte = this.#byte()
    if (byte < 0x80) return byte
    let result = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.#byte()
      result |= (byte & 0x7f) << shift
      if (byte < 0x80) return result >>> 0
    }
    throw new MayflyError(
      'ERR_COMPONENT_MALFORMED',
      `Cannot read core module: number exceeds 32 bits at byte ${this.start}`,
    )
  }

  #unsigned64(): number {
    let result = 0
    let factor = 1
    for (;;) {
      const byte = this.#byte()
      result += (byte & 0x7f) * factor
      if (byte < 0x80) return result
      factor *= 128
    }
  }

  #unknown(opcode: number): never {
    throw new MayflyError(
      'ERR_COMPONENT_UNSUPPORTED',
      `Cannot load core module: it uses ${describeInstruction(opcode)} at byte ${this.start}`,
      { facts: { instruction: `0x${opcode.toString(16)}`, offset: this.start } },
    )
  }
}
