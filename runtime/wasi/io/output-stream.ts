/**
 * `wasi:io/streams` output-stream, over anything that takes bytes.
 *
 * The sink behind it has a bounded buffer: flushing waits until the buffer has room again, not until the last byte has
 * reached the other side of a network.
 *
 * @module
 */
import type { ByteSink } from '../../host-module/index.ts'
import type { InputStream } from './input-stream.ts'
import { closed } from './io-error.ts'
import { Pollable, untilReady, type Readiness } from './pollable.ts'

/** A sink that a guest can see the end of. */
export interface GuestSink extends ByteSink {
  /** Whether it takes no more. */
  ended?(): boolean
}

const ZEROES_AT_ONCE = 65_536

export class OutputStream implements Disposable {
  readonly #sink: GuestSink
  readonly #writable: Readiness

  constructor(sink: GuestSink) {
    this.#sink = sink
    this.#writable = {
      ready: () => sink.ended?.() === true || sink.room() > 0,
      wait: () => sink.wait(),
    }
  }

  checkWrite(): bigint {
    this.#checkOpen()
    return BigInt(this.#sink.room())
  }

  write(contents: Uint8Array): void {
    checkBytes(contents)
    this.#checkOpen()
    if (contents.byteLength > this.#sink.room())
      throw new RangeError(
        `Cannot write ${contents.byteLength} bytes: more than check-write allowed`,
      )
    this.#sink.write(contents)
  }

  blockingWriteAndFlush(contents: Uint8Array): void | Promise<void> {
    checkBytes(contents)
    this.#checkOpen()
    if (contents.byteLength > this.#sink.room()) return this.#writeInParts(contents)
    this.#sink.write(contents)
    return this.blockingFlush()
  }

  flush(): void {
    this.#checkOpen()
  }

  blockingFlush(): void | Promise<void> {
    this.#checkOpen()
    if (this.#writable.ready()) return
    return untilReady(this.#writable).then(() => this.#checkOpen())
  }

  writeZeroes(length: bigint): void {
    if (length > BigInt(this.#sink.room()))
      throw new RangeError(`Cannot write ${length} zeroes: more than check-write allowed`)
    this.write(new Uint8Array(Number(length)))
  }

  async blockingWriteZeroesAndFlush(length: bigint): Promise<void> {
    const zeroes = new Uint8Array(ZEROES_AT_ONCE)
    for (let left = length; left > 0n; left -= BigInt(ZEROES_AT_ONCE))
      await this.#writeInParts(
        left < ZEROES_AT_ONCE ? zeroes.slice(0, Number(left)) : zeroes.slice(),
      )
  }

  splice(source: InputStream, length: bigint): bigint {
    const room = this.checkWrite()
    const bytes = source.read(length < room ? length : room)
    this.#sink.write(bytes)
    return BigInt(bytes.byteLength)
  }

  blockingSplice(source: InputStream, length: bigint): bigint | Promise<bigint> {
    const flushed = this.blockingFlush()
    if (flushed instanceof Promise) return flushed.then(() => this.blockingSplice(source, length))
    const room = this.checkWrite()
    const bytes = source.blockingRead(length < room ? length : room)
    const pass = (arrived: Uint8Array): bigint => {
      this.#checkOpen()
      this.#sink.write(arrived)
      return BigInt(arrived.byteLength)
    }
    return bytes instanceof Promise ? bytes.then(pass) : pass(bytes)
  }

  subscribe(): Pollable {
    return new Pollable(this.#writable)
  }

  async #writeInParts(contents: Uint8Array): Promise<void> {
    for (let offset = 0; offset < contents.byteLength;) {
      await untilReady(this.#writable)
      this.#checkOpen()
      const part = contents.slice(offset, offset + this.#sink.room())
      this.#sink.write(part)
      offset += part.byteLength
    }
    await this.blockingFlush()
  }

  #checkOpen(): void {
    if (this.#sink.ended?.() === true) throw closed()
  }

  [Symbol.dispose](): void {
    this.#sink.close?.()
  }
}

/** A guest chooses the types of its imports, so a value that is counted in bytes must be checked. */
function checkBytes(contents: unknown): void {
  if (!(contents instanceof Uint8Array)) throw new TypeError('Cannot write: not a list of bytes')
}
