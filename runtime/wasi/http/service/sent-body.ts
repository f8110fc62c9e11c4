/**
 * Sends the body of a message of `wasi:http@0.3`: its bytes are counted and checked on their way.
 *
 * @module
 */
import type { ErrorCode, HttpEnd } from '../error-code.ts'
import { trailerHeaders, type Connected, type Connection, type SentBody } from '../outgoing-body.ts'
import type { MessageBody } from './message-body.ts'

// Bytes that are taken from the guest before the client asks for them, as of a body of WASI 0.2.
const HIGH_WATER_BYTES = 65_536

const SENT: HttpEnd = { tag: 'ok', val: undefined }

export class StreamedBody implements SentBody {
  readonly #kind: 'request' | 'response'
  readonly #body: MessageBody
  readonly #stream: ReadableStream<Uint8Array>
  readonly #length: number | undefined
  readonly #trailers = Promise.withResolvers<Headers | undefined>()
  readonly #over = Promise.withResolvers<void>()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #sent = 0
  #state: 'open' | 'finished' | 'broken' = 'open'

  /** @param length - the length that `content-length` promised */
  constructor(
    kind: 'request' | 'response',
    length: number | undefined,
    body: MessageBody,
    stream: ReadableStream<Uint8Array>,
  ) {
    this.#kind = kind
    this.#body = body
    this.#stream = stream
    this.#length = length
    // The reader may never ask for them.
    this.#trailers.promise.catch(() => {})
  }

  /** Settles when nothing more of it will be sent. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** None: a guest of WASI 0.3 writes when it is read. */
  written(): number {
    return 0
  }

  isFinished(): boolean {
    return this.#state === 'finished'
  }

  connect(connection: Connection): Connected {
    const readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#next(connection),
        cancel: (reason) => {
          this.#break(reason, { tag: 'connection-terminated' })
          connection.cancelled()
        },
      },
      { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
    )
    return { readable, trailers: this.#trailers.promise }
  }

  abandon(error: unknown): void {
    this.#break(error, { tag: 'connection-terminated' })
  }

  async #next(connection: Connection): Promise<void> {
    try {
      this.#reader ??= this.#stream.getReader()
      for (;;) {
        const { done, value } = await this.#reader.read()
        if (this.#state !== 'open') return
        if (done) return await this.#finish(connection)
        this.#sent += value.byteLength
        // Without a reader it is read to its end at once: its writer shall not wait.
        if (!connection.discard) return this.#pass(value, connection)
      }
    } catch (error) {
      this.#break(error, { tag: 'connection-terminated' })
    }
  }

  #pass(bytes: Uint8Array, connection: Connection): void {
    const isTooLong = this.#length !== undefined && this.#sent > this.#length
    if (isTooLong || !connection.admits(bytes.byteLength)) {
      const what = isTooLong ? 'longer than its content-length' : 'larger than allowed'
      return this.#break(new RangeError(`The body is ${what}`), this.#sizeError())
    }
    this.#controller?.enqueue(bytes)
  }

  async #finish({ discard }: Connection): Promise<void> {
    if (!discard && this.#length !== undefined && this.#sent !== this.#length) {
      const error = new TypeError('The body is shorter than its content-length')
      return this.#break(error, this.#sizeError())
    }
    const trailers = await this.#body.trailers
    if (this.#state !== 'open') return
    if (trailers.tag === 'err')
      return this.#break(new TypeError(`The body broke off: ${trailers.val.tag}`), trailers.val)
    this.#state = 'finished'
    this.#trailers.resolve(trailers.val && trailerHeaders(trailers.val))
    this.#controller?.close()
    this.#end(SENT)
  }

  #break(error: unknown, code: ErrorCode): void {
    if (this.#state !== 'open') return
    this.#state = 'broken'
    this.#trailers.reject(error)
    this.#controller?.error(error)
    void (this.#reader ?? this.#stream).cancel(error).catch(() => {})
    this.#end({ tag: 'err', val: code })
  }

  #end(end: HttpEnd): void {
    this.#body.sent(end)
    this.#over.resolve()
  }

  #sizeError(): ErrorCode {
    return { tag: `HTTP-${this.#kind}-body-size`, val: BigInt(this.#sent) }
  }
}
