/**
 * Bytes that the host keeps, until the request ends. Handles are not given back: they end with the request.
 *
 * @module
 */

import { blob } from './host.gen.as'

export class Blob {
  constructor(readonly handle: u32) {}

  /** Makes the host keep `content`; null when the budget is spent. */
  static make(content: Uint8Array): Blob | null {
    const made = blob.make(content)
    return made.isOk ? made.value : null
  }

  /** The blobs that the caller handed over, in the caller's order. */
  static given(): Blob[] {
    return blob.given()
  }

  /** How many bytes it has; -1 when this agent may only hand it on. */
  get size(): i64 {
    const size = blob.size(this)
    return size.isOk ? <i64>size.value : -1
  }

  /** `length` bytes from `offset` on, or as many as there are; null when this agent may only hand it on. */
  read(offset: u32 = 0, length: u32 = u32.MAX_VALUE): Uint8Array | null {
    const bytes = blob.read(this, offset, length)
    return bytes.isOk ? bytes.value : null
  }
}
