/**
 * Views of one linear memory, and the one gate through which the host writes into it.
 *
 * Views are made again only after the memory grew, which detaches the buffer. Growth happens in guest code,
 * so `refresh` is called when the host is entered and after every call of `realloc`, nowhere else.
 *
 * Every write is preceded by a `claim` of its range: that is where bounds are checked and dirty pages marked.
 * A write without a claim would leak bytes from one request into the next.
 *
 * @module
 */

import { trap } from './trap.ts'

/** Called before the host writes a range. */
export type MarkHook = (pointer: number, byteLength: number) => void

export class GuestMemory {
  /** Set by the code that restores this memory. */
  mark: MarkHook | undefined
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0)
  view: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(0))
  readonly memory: WebAssembly.Memory | undefined

  /** Without `memory` every access is out of bounds. */
  constructor(memory: WebAssembly.Memory | undefined) {
    this.memory = memory
    this.refresh()
  }

  /** Renews the views when the buffer they show is gone. */
  refresh(): void {
    if (this.bytes.length === 0 && this.memory !== undefined) {
      const buffer = this.memory.buffer as ArrayBuffer // Shared memories are refused when a component is loaded
      this.bytes = new Uint8Array(buffer)
      this.view = new DataView(buffer)
    }
  }

  /** Traps unless the range lies inside the memory and `pointer` is a multiple of `alignment`. */
  check(pointer: number, byteLength: number, alignment: number): void {
    if ((pointer & (alignment - 1)) !== 0) {
      trap(`Cannot follow pointer ${pointer}: not aligned to ${alignment} bytes`)
    }
    if (pointer + byteLength > this.bytes.length) {
      trap(
        `Cannot follow pointer ${pointer}: ${byteLength} bytes do not fit the memory of ${this.bytes.length} bytes`,
      )
    }
  }

  /** Checks a range that is about to be written, and marks it. */
  claim(pointer: number, byteLength: number, alignment: number): void {
    this.check(pointer, byteLength, alignment)
    if (this.mark !== undefined && byteLength !== 0) this.mark(pointer, byteLength)
  }
}
