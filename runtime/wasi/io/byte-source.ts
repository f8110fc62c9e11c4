/**
 * Sources of bytes for input streams.
 *
 * @module
 */
import type { ByteSource } from './input-stream.ts'
import { ALWAYS_READY } from './pollable.ts'

/** Ends at once. */
export const EMPTY_SOURCE: ByteSource = { ...ALWAYS_READY, read: () => undefined }

export interface ReadableSourceOptions {
  /**
   * Sees every chunk before the guest does. The guest's next read throws the error that it throws.
   *
   * @default nothing
   */
  onChunk?: (bytes: number) => void
  /** Runs when the stream has ended; `error` is its failure, if it failed. */
  onEnd?: (error?: unknown) => void
  /** Makes the error of the guest from the failure of the stream. */
  onError: (error: unknown) => unknown
}

type Chunk = Uint8Array<ArrayBufferLike>

/**
 * Reads a stream of the Web a chunk at a time, when the guest asks. Its writer is held back as long as the guest does
 * not read.
 */
export class ReadableSource implements ByteSource {
  readonly #stream: ReadableStream<Uint8Array>
  readonly #options: ReadableSourceOptions
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #chunk: Chunk | undefined
  #pulling: Promise<void> | undefined
  /** When the latest chunk came, on the clock of `performance.now()`. */
  #cameAt = -Infinity
  #state: 'open' | 'ended' | 'failed' = 'open'
  #error: unknown

  constructor(stream: ReadableStream<Uint8Array>, options: ReadableSourceOptions) {
    this.#stream = stream
    this.#options = options
  }

  ready(): boolean {
    return this.#chunk !== undefined || this.#state !== 'open'
  }

  /** Whether the guest waits for more than has come, or has got a chunk so lately that it cannot have asked for the next. */
  get isBehind(): boolean {
    return this.#pulling !== undefined || performance.now() - this.#cameAt < TURNAROUND_MS
  }

  wait(): Promise<void> {
    if (this.ready()) return Promise.resolve()
    return (this.#pulling ??= this.#pull())
  }

  read(length: number): Uint8Array | undefined {
    const chunk = this.#chunk
    if (chunk === undefined) {
      if (this.#state === 'failed') throw this.#error
      if (this.#state === 'ended') return undefined
      // Asked for without waiting: the next call finds the chunk.
      if (length > 0) void this.wait()
      return NO_BYTES
    }
    if (length >= chunk.byteLength) {
      this.#chunk = undefined
      return chunk
    }
    this.#chunk = chunk.subarray(length)
    return chunk.subarray(0, length)
  }

  /** Lets go of the stream without saying that the rest is not wanted: that is for its owner to say. */
  dispose(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#reader?.releaseLock()
    this.#reader = undefined
  }

  /** Ends with the error for `reason`, and cancels the stream, also one that it has let go of. */
  breakOff(reason: unknown): void {
    const cancelled = (this.#reader ?? this.#stream).cancel(reason)
    cancelled.catch(() => {})
    if (this.#state !== 'open') return
    this.#chunk = undefined
    this.#state = 'failed'
    this.#error = this.#options.onError(reason)
    this.#options.onEnd?.(reason)
  }

  async #pull(): Promise<void> {
    try {
      this.#reader ??= this.#stream.getReader()
      const { done, value } = await this.#reader.read()
      if (this.#state !== 'open') return
      if (!done) {
        this.#cameAt = performance.now()
        this.#options.onChunk?.(value.byteLength)
        // An empty chunk is skipped; the waiting guest asks again.
        if (value.byteLength > 0) this.#chunk = value
        return
      }
      this.#state = 'ended'
      this.#options.onEnd?.()
    } catch (error) {
      if (this.#state !== 'open') return
      this.#state = 'failed'
      this.#error = this.#options.onError(error)
      this.#options.onEnd?.(error)
    } finally {
      this.#pulling = undefined
    }
  }
}

// Two slices of other guests, and the own one.
const TURNAROUND_MS = 10

const NO_BYTES = new Uint8Array(0)
