/**
 * Memory for one piece of a body after another. Nothing is ever freed, so all pieces of a body share it.
 *
 * @module
 */

/** Two pieces as the host sends them are never in one, and most are not longer. */
export const PIECE_BYTES: i32 = 65536

export class Piece {
  private readonly view: Uint8Array
  private readonly size: i32

  constructor(size: i32) {
    this.size = size
    this.view = new Uint8Array(size)
  }

  get at(): usize {
    return this.view.dataStart
  }

  get room(): u32 {
    return <u32>this.size
  }

  /** The first `count` bytes: the same object each time. */
  take(count: u32): Uint8Array {
    store<u32>(changetype<usize>(this.view), count, offsetof<Uint8Array>('byteLength'))
    return this.view
  }
}

/** Pieces, one behind the other. */
export class Gathered {
  private bytes: Uint8Array = new Uint8Array(0)
  private length: i32 = 0

  add(piece: Uint8Array): void {
    const length = this.length + piece.length
    if (length > this.bytes.length) {
      const longer = new Uint8Array(max(this.bytes.length * 2, length))
      longer.set(this.bytes)
      this.bytes = longer
    }
    this.bytes.set(piece, this.length)
    this.length = length
  }

  get all(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}
