/**
 * Buffers for large bodies, used again and again.
 *
 * A new `ArrayBuffer` of a mebibyte is zeroed first, costs a page fault for each 4 KiB, and counts as pressure on the heap:
 * V8 then marks all of it every few requests, which took more time than the requests (`--perf-basic-prof`, Node 26,
 * bench/suites/throughput/beside-hono).
 *
 * Bytes of one agent must not reach another. A buffer leaves the pool only with a copy of other bytes on it, and zeros
 * behind them, and comes back only from the one that has it for itself.
 *
 * @module
 */

export interface BytePoolOptions {
  /**
   * Bytes of the buffers that are kept for later.
   *
   * @default 16_777_216
   */
  maxBytes?: number
}

/** Below it a new buffer costs less than the care for an old one. */
const MIN_BYTES = 65_536
// Of two buffers of neighbouring sizes the larger has a quarter more at most.
const STEPS = 4

export class BytePool {
  readonly #maxBytes: number
  /** By size. Those of one size are taken from the end: the latest lies in the caches of the processor. */
  readonly #free = new Map<number, ArrayBuffer[]>()
  readonly #lent = new WeakSet<ArrayBufferLike>()
  #bytes = 0

  constructor({ maxBytes = 16_777_216 }: BytePoolOptions = {}) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of the buffers that are kept. */
  get freeBytes(): number {
    return this.#bytes
  }

  /** Returns a copy of `bytes`. The caller may give it back, once nothing else can read it. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { byteLength } = bytes
    if (byteLength < MIN_BYTES) return Uint8Array.from(bytes)
    const size = sizeFor(byteLength)
    const buffer = this.#take(size)
    const copied = new Uint8Array(buffer, 0, byteLength)
    copied.set(bytes)
    new Uint8Array(buffer, byteLength).fill(0)
    this.#lent.add(buffer)
    return copied
  }

  /** Takes back what `copy` has returned; other bytes are left alone. Nothing may read them from now on. */
  giveBack({ buffer }: Uint8Array): void {
    if (!this.#lent.delete(buffer) || !(buffer instanceof ArrayBuffer)) return
    const size = buffer.byteLength
    // Of no size when it was passed to another thread.
    if (size === 0 || this.#bytes + size > this.#maxBytes) return
    const free = this.#free.get(size)
    if (free === undefined) this.#free.set(size, [buffer])
    else free.push(buffer)
    this.#bytes += size
  }

  #take(size: number): ArrayBuffer {
    const buffer = this.#free.get(size)?.pop()
    if (buffer === undefined) return new ArrayBuffer(size)
    this.#bytes -= size
    return buffer
  }
}

/** The smallest size of a buffer for so many bytes: few sizes, so that bodies of about one length share theirs. */
function sizeFor(byteLength: number): number {
  const step = 2 ** Math.floor(Math.log2(byteLength)) / STEPS
  return Math.ceil(byteLength / step) * step
}
