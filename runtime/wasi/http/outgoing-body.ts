/**
 * Bodies that go out: of responses by a guest, and of requests by it.
 *
 * The guest may write before the message has been sent. Where the bytes go, and how many there may be, is
 * said when it is: `connect`.
 *
 * @module
 */
import { ORIGIN_FIELDS } from '../../policy/index.ts'
import { BytePipe } from '../io/index.ts'
import { OutputStream, type GuestSink } from '../io/index.ts'
import { httpFailed, refused, unfit, type ErrorCode } from './error-code.ts'
import { pairsOf, type Fields } from './fields.ts'

export interface Connection {
  /** The body has no reader, for example in an answer to HEAD. */
  readonly discard: boolean
  /** Whether so many more bytes may go out. If not, the body is broken off. */
  admits(bytes: number): boolean
  /** The reader of the body has gone. */
  cancelled(): void
}

/** The body of a message of a guest, for the code that sends the message. */
export interface SentBody {
  /** How many bytes the guest has written so far. */
  written(): number
  /** Whether all of it was written. */
  isFinished(): boolean
  /** Says where the bytes go. */
  connect(connection: Connection): Connected
  /** Breaks it off, unless it was finished. */
  abandon(error: unknown): void
}

export let sentBody: (body: OutgoingBody) => SentBody

export class OutgoingBody implements Disposable {
  readonly #kind: 'request' | 'response'
  /** The length that `content-length` promised. */
  readonly #length: number | undefined
  readonly #pipe: BytePipe
  readonly #trailers = Promise.withResolvers<Headers | undefined>()
  #connection: Connection | undefined
  #sent = 0
  /** The part of them that the connection has taken. */
  #admitted = 0
  #streamed = false
  #state: 'open' | 'finished' | 'abandoned' = 'open'

  constructor(kind: 'request' | 'response', length: number | undefined) {
    this.#kind = kind
    this.#length = length
    this.#pipe = new BytePipe(() => this.#connection?.cancelled())
    // The reader may never ask for them.
    this.#trailers.promise.catch(() => {})
  }

  write(): OutputStream {
    if (this.#streamed) throw unfit()
    this.#streamed = true
    return new OutputStream(this.#sink())
  }

  static finish(body: OutgoingBody, trailers: Fields | undefined): void {
    if (body.#state !== 'open') throw unfit()
    const short = body.#length !== undefined && body.#sent !== body.#length
    if (short && body.#connection?.discard !== true) {
      body.#abandon(new TypeError('The body is shorter than its content-length'))
      throw refused(body.#sizeError())
    }
    body.#state = 'finished'
    body.#trailers.resolve(trailers && trailerHeaders(trailers))
    body.#pipe.close()
  }

  [Symbol.dispose](): void {
    this.#abandon(new TypeError('The guest dropped the body before it was finished'))
  }

  #sink(): GuestSink {
    const pipe = this.#pipe
    const discards = (): boolean => this.#connection?.discard === true
    return {
      ended: () => this.#state !== 'open' || (!pipe.open && !discards()),
      room: () => (discards() ? DISCARD_ROOM : pipe.room()),
      wait: () => (discards() ? Promise.resolve() : pipe.wait()),
      write: (bytes) => this.#take(bytes),
    }
  }

  #take(bytes: Uint8Array): void {
    this.#sent += bytes.byteLength
    const connection = this.#connection
    if (connection?.discard === true) return
    if (this.#length !== undefined && this.#sent > this.#length)
      throw httpFailed('The body is longer than its content-length', this.#sizeError())
    this.#pipe.write(bytes)
    if (connection !== undefined) this.#checkSize(connection)
  }

  #checkSize(connection: Connection): void {
    const more = this.#sent - this.#admitted
    this.#admitted = this.#sent
    if (connection.admits(more)) return
    this.#abandon(new RangeError('The body is larger than allowed'))
    throw httpFailed('The body is larger than allowed', this.#sizeError())
  }

  #sizeError(): ErrorCode {
    return { tag: `HTTP-${this.#kind}-body-size`, val: BigInt(this.#sent) }
  }

  #abandon(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'abandoned'
    this.#trailers.reject(error)
    this.#pipe.fail(error)
  }

  static {
    sentBody = (body) => ({
      written: () => body.#sent,
      isFinished: () => body.#state === 'finished',
      connect(connection) {
        body.#connection = connection
        body.#checkSize(connection)
        return {
          readable: body.#pipe.readable,
          trailers: body.#trailers.promise,
        }
      },
      abandon: (error) => body.#abandon(error),
    })
  }
}

const DISCARD_ROOM = 65_536

// Too late where they stand, and a reader that adds trailers to the headers would believe them: those for a whole web
// origin as well. https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
const NO_TRAILERS: ReadonlySet<string> = new Set([
  'content-length',
  'te',
  'trailer',
  ...ORIGIN_FIELDS,
])

/** The fields of `trailers` that may stand there. */
export function trailerHeaders(trailers: Fields): Headers {
  return new Headers(pairsOf(trailers).filter(isTrailer))
}

function isTrailer([name]: readonly [name: string, value: string]): boolean {
  return !NO_TRAILERS.has(name)
}

export interface Connected {
  readonly readable: ReadableStream<Uint8Array>
  readonly trailers: Promise<Headers | undefined>
}
