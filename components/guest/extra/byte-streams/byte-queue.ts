/** The bytes that a source has given and no reader has taken. @module */

import type { PullInto } from './pull-into.ts'

interface Piece {
  readonly buffer: ArrayBuffer
  offset: number
  length: number
}

export class ByteQueue {
  #pieces: Piece[] = []
  /** In bytes. */
  total = 0

  add(buffer: ArrayBuffer, offset: number, length: number): void {
    this.#pieces.push({ buffer, offset, length })
    this.total += length
  }

  /** The first piece that was added, or what is left of it. There has to be one. */
  shift(): Uint8Array<ArrayBuffer> {
    const { buffer, offset, length } = this.#pieces.shift() ?? ownPiece()
    this.total -= length
    return new Uint8Array(buffer, offset, length)
  }

  clear(): void {
    this.#pieces = []
    this.total = 0
  }

  /** Moves what it can into `pull`. Returns whether its reader may have it: then no part of an element is in it. */
  fill(pull: PullInto): boolean {
    const most = pull.filled + Math.min(this.total, pull.length - pull.filled)
    const whole = most - (most % pull.elementSize)
    const isReady = whole >= pull.minimum
    let left = (isReady ? whole : most) - pull.filled
    const target = new Uint8Array(pull.buffer)
    while (left > 0) {
      const [head] = this.#pieces
      if (head === undefined) break
      const length = Math.min(left, head.length)
      target.set(new Uint8Array(head.buffer, head.offset, length), pull.offset + pull.filled)
      head.offset += length
      head.length -= length
      if (head.length === 0) this.#pieces.shift()
      this.total -= length
      pull.filled += length
      left -= length
    }
    return isReady
  }
}

function ownPiece(): Piece {
  return { buffer: new ArrayBuffer(0), offset: 0, length: 0 }
}
