/**
 * Takes the encodings off the body of a response, as https://fetch.spec.whatwg.org/#handle-content-codings has it.
 *
 * A few bytes may decode to very many, and those to more again. So a step decodes only as fast as its result is read, and
 * the bytes that come out of each step are counted.
 *
 * @module
 */

/** Makes a decoder for a body that begins with `start`. */
type MakeDecoder = (start: Uint8Array) => ReadableWritablePair<unknown, Uint8Array<ArrayBuffer>>

/** By the names that `content-encoding` has for them, in lower case. */
const DECODERS: ReadonlyMap<string, MakeDecoder> = new Map<string, MakeDecoder>([
  ['br', () => new DecompressionStream(BROTLI)],
  ['gzip', () => new DecompressionStream('gzip')],
  // https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.3
  ['x-gzip', () => new DecompressionStream('gzip')],
  ['deflate', (start) => new DecompressionStream(hasZlibHead(start) ? 'deflate' : 'deflate-raw')],
])

// Newer than the type library, and than some platforms.
const BROTLI = 'brotli' as CompressionFormat

// More than one is rare. Each costs a window of memory.
const MAX_CODINGS = 5
// Some platforms decode all of a piece at once: to at most a thousand times as many bytes.
const PIECE_BYTES = 16_384

export interface ContentDecoderParts {
  /** Called with bytes as they arrive. What it throws ends the body. */
  onReceived(bytes: number): void
  /** Called with bytes as a step returns them. What it throws ends the body. */
  onDecoded(bytes: number): void
}

/** Decodes the body of one response. */
export class ContentDecoder {
  readonly #parts: ContentDecoderParts
  #hasDecoded = false

  constructor(parts: ContentDecoderParts) {
    this.#parts = parts
  }

  /** Whether the response had encodings, and its body is now without them. */
  get hasDecoded(): boolean {
    return this.#hasDecoded
  }

  /**
   * `response` with its body decoded, and its fields as they are. As it is when one of its encodings is not known.
   *
   * @throws when it has more than {@link MAX_CODINGS}
   */
  decode(response: Response): Response {
    const codings = codingsOf(response.headers)
    if (codings.length === 0 || response.body === null) return response
    if (codings.length > MAX_CODINGS)
      throw new Error(`Cannot decode the response: more than ${MAX_CODINGS} encodings`)
    const { onReceived, onDecoded } = this.#parts
    const steps: Step[] = []
    // The last one was put on last.
    for (const coding of codings.toReversed()) {
      const make = DECODERS.get(coding)
      if (make === undefined || (coding === 'br' && !knowsBrotli())) return response
      const onInput = steps.length === 0 ? onReceived : undefined
      steps.push({ coding, make, onInput, onDecoded })
    }
    let body: ReadableStream<Uint8Array> = response.body
    for (const step of steps) {
      // Nothing is decoded before it is asked for.
      body = new ReadableStream(new DecodedSource(body, step), { highWaterMark: 0 })
    }
    this.#hasDecoded = true
    const { status, headers } = response
    return new Response(body, { status, headers })
  }
}

interface Step {
  readonly coding: string
  readonly make: MakeDecoder
  /** For the first step. */
  readonly onInput: ((bytes: number) => void) | undefined
  onDecoded(bytes: number): void
}

/** The result of one decoder. */
class DecodedSource implements UnderlyingDefaultSource<Uint8Array> {
  readonly #input: ReadableStreamDefaultReader<Uint8Array>
  readonly #step: Step
  #output: ReadableStreamDefaultReader<unknown> | undefined
  /** Why its input has failed. */
  #failure: unknown

  constructor(input: ReadableStream<Uint8Array>, step: Step) {
    this.#input = input.getReader()
    this.#step = step
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#output ??= await this.#open()
    // Of a body without bytes: some servers say that also those are encoded.
    if (this.#output === undefined) return controller.close()
    const { done, value } = await this.#read(this.#output)
    if (done) return controller.close()
    // Of a decoder, which returns bytes.
    const bytes = value as Uint8Array
    try {
      this.#step.onDecoded(bytes.length)
    } catch (error) {
      await this.cancel(error)
      throw error
    }
    controller.enqueue(bytes)
  }

  async cancel(reason: unknown): Promise<void> {
    await (this.#output ?? this.#input).cancel(reason)
  }

  async #read(
    output: ReadableStreamDefaultReader<unknown>,
  ): Promise<ReadableStreamReadResult<unknown>> {
    try {
      return await output.read()
    } catch (error) {
      if (this.#failure !== undefined) throw this.#failure
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`Cannot decode the response as "${this.#step.coding}": ${reason}`)
    }
  }

  async #open(): Promise<ReadableStreamDefaultReader<unknown> | undefined> {
    let left = await this.#next()
    if (left === undefined) return undefined
    const decoder = this.#step.make(left)
    const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          left = left?.length === 0 ? await this.#next() : left
          if (left === undefined) return controller.close()
          // Copied: some platforms take the buffer away, and the rest of it is still to come.
          controller.enqueue(left.slice(0, PIECE_BYTES))
          left = left.subarray(PIECE_BYTES)
        },
        cancel: (reason) => this.#input.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    return pieces.pipeThrough(decoder).getReader()
  }

  /** The next bytes of the input; nothing when there are no more. */
  async #next(): Promise<Uint8Array | undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#input.read()
        if (done) return undefined
        this.#step.onInput?.(value.length)
        if (value.length > 0) return value
      }
    } catch (error) {
      this.#failure = error
      throw error
    }
  }
}

function codingsOf(headers: Headers): string[] {
  const names = headers.get('content-encoding')?.toLowerCase().split(',') ?? []
  return names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity')
}

let isBrotliKnown: boolean | undefined

function knowsBrotli(): boolean {
  if (isBrotliKnown !== undefined) return isBrotliKnown
  try {
    new DecompressionStream(BROTLI)
    isBrotliKnown = true
  } catch {
    isBrotliKnown = false
  }
  return isBrotliKnown
}

/** Many servers leave out the head of zlib that HTTP demands: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2 */
function hasZlibHead(start: Uint8Array): boolean {
  return ((start[0] ?? 0) & 0x0f) === 8
}
