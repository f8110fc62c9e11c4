/**
 * Takes secrets out of responses: a server that gets a secret may echo it.
 *
 * A secret is found in its plain form and in the usual spellings of echoes (`search/`). It is replaced by as many stars,
 * so that lengths and offsets stay true. Complete texts are searched in every spelling: fields, and bodies up to
 * `WHOLE_BYTES`. A longer body is searched piece by piece. The end of a piece, where a secret may have begun, is held
 * until the next piece, the end, or `HOLD_MS`. The amount and time of holding do not depend on the content. Otherwise a
 * guest whose upstream sends guesses could learn whether a guess is the beginning of a secret.
 *
 * A server can hide a secret from the search on purpose, for example send it backwards or half of it later. That server
 * has the secret anyway.
 *
 * @module
 */
import { joinBytes } from '../../bytes/index.ts'
import { SecretSearch, type Found } from './search/index.ts'

export interface RedactionOptions {
  /**
   * Called with the number of bytes that were searched: the cost of the search.
   *
   * @default not called
   */
  readonly onSearch?: ((bytes: number) => void) | undefined
  /**
   * How many bytes will come, where the sender has said so: a short body is then held until it is there.
   *
   * @default unknown
   */
  readonly length?: number | undefined
}

/** A body of so many bytes is one value. Answers of APIs are smaller, and it is read within a millisecond or two. */
const WHOLE_BYTES = 65_536
/** As long as an event may be delayed. A later piece is not joined to the half of a secret before it. */
const HOLD_MS = 5

// A shorter part of a secret occurs in names of fields by chance.
const MIN_NAME_LENGTH = 6

export class Redactor {
  readonly #search: SecretSearch
  readonly #names: readonly string[]

  constructor(secrets: readonly string[]) {
    this.#search = new SecretSearch(secrets)
    this.#names = secrets.map(lettersOf).filter(({ length }) => length >= MIN_NAME_LENGTH)
  }

  /** `text` with stars for secrets. */
  text(text: string): string {
    const bytes = new TextEncoder().encode(text)
    const { spans } = this.#search.inValue(bytes)
    if (spans.length === 0) return text
    mask(bytes, spans)
    return new TextDecoder().decode(bytes)
  }

  /** A message that is complete, with stars for secrets. */
  message<Content extends string | Uint8Array>(
    content: Content,
    { onSearch }: RedactionOptions = {},
  ): Content | string | Uint8Array {
    // Copied: the other side's bytes may be a part of a buffer.
    const bytes = typeof content === 'string' ? utf8.encode(content) : content.slice()
    const { spans, searched } = this.#search.inValue(bytes)
    onSearch?.(searched)
    if (spans.length === 0) return content
    mask(bytes, spans)
    return typeof content === 'string' ? new TextDecoder().decode(bytes) : bytes
  }

  /** Returns the fields of a head or of trailers with stars for secrets, without fields named like a secret. */
  fields(fields: Iterable<[string, string]>, { onSearch }: RedactionOptions = {}): Headers {
    const kept = [...fields].filter(([name]) => !this.#isSecretName(name))
    // All of them at once, apart from each other: there are many, and most are short.
    const joined = bytesOf(kept.map(([name, value]) => `${name}${BETWEEN}${value}`).join(BETWEEN))
    const { spans, searched } = this.#search.inValue(joined)
    onSearch?.(searched)
    mask(joined, spans)
    const headers = new Headers()
    let at = 0
    for (const [name, value] of kept) {
      const start = at + name.length + 1
      at = start + value.length + 1
      const isNamed = spans.some(
        (span) => span.start < start - 1 && span.end > start - name.length - 1,
      )
      if (!isNamed) headers.append(name, latin1(joined.subarray(start, at - 1)))
    }
    return headers
  }

  /** A body with stars for secrets. */
  stream(options: RedactionOptions = {}): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream(new BodyRedaction(this.#search, options))
  }

  /** Whether a field is named like a secret. Names arrive in lower case and are compared without signs. */
  #isSecretName(name: string): boolean {
    const letters = lettersOf(name)
    return this.#names.some((secret) => letters.includes(secret))
  }
}

class BodyRedaction implements Transformer<Uint8Array, Uint8Array> {
  readonly #search: SecretSearch
  readonly #onSearch: ((bytes: number) => void) | undefined
  /** Bytes at the end of a piece in which a secret may have begun. */
  readonly #tail: number
  /** Whether it may take long until all of it is there. */
  readonly #mayWait: boolean
  /** Bytes that have arrived and are not sent yet. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  /** The last bytes that were sent: a secret may have begun in them. `undefined` before the first. */
  #gone: Uint8Array | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(search: SecretSearch, { onSearch, length = Infinity }: RedactionOptions) {
    this.#search = search
    this.#onSearch = onSearch
    this.#tail = search.longest - 1
    this.#mayWait = length <= WHOLE_BYTES
  }

  transform(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
    this.#waiting.push(chunk)
    this.#waitingBytes += chunk.length
    const isPiece = this.#gone !== undefined || this.#waitingBytes > WHOLE_BYTES
    // Twice the tail: of many small chunks each would be searched with the tail before it.
    if (isPiece && this.#waitingBytes > 2 * this.#tail) {
      this.#pass(this.#tail, controller)
      // All held bytes have come now. Otherwise some came before, and the timer runs for those.
      if (chunk.length >= this.#tail) this.#stopTimer()
    }
    if (this.#mayWait && !isPiece) return
    this.#timer ??= setTimeout(() => this.#passLate(controller), HOLD_MS)
  }

  flush(controller: TransformStreamDefaultController<Uint8Array>): void {
    this.#stopTimer()
    this.#pass(0, controller, this.#gone === undefined)
  }

  cancel(): void {
    this.#stopTimer()
  }

  #passLate(controller: TransformStreamDefaultController<Uint8Array>): void {
    this.#timer = undefined
    try {
      this.#pass(0, controller)
    } catch {
      // The stream has ended meanwhile, on a platform that does not call `cancel`: it has no reader.
    }
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Sends the held bytes, except `keep` bytes at their end. */
  #pass(
    keep: number,
    controller: TransformStreamDefaultController<Uint8Array>,
    isWhole = false,
  ): void {
    const gone = this.#gone ?? EMPTY
    const bytes = joinBytes([gone, ...this.#waiting], gone.length + this.#waitingBytes)
    const { spans, searched } = isWhole ? this.#search.inValue(bytes) : this.#search.inPiece(bytes)
    this.#onSearch?.(searched)
    const end = bytes.length - keep
    const passed = bytes.slice(gone.length, end)
    mask(passed, spans, gone.length)
    this.#gone = bytes.subarray(Math.max(0, end - this.#tail), end)
    this.#waiting = keep === 0 ? [] : [bytes.subarray(end)]
    this.#waitingBytes = keep
    if (passed.length > 0) controller.enqueue(passed)
  }
}

const utf8 = new TextEncoder()
const EMPTY = new Uint8Array(0)
const STAR = 0x2a
/** Between fields: in no reading of a text a part of a secret. */
const BETWEEN = '\xff'

/** `bytes` begin at `offset` of the text of the spans. */
function mask(bytes: Uint8Array, spans: Found['spans'], offset = 0): void {
  for (const { start, end } of spans) {
    if (end > offset) bytes.fill(STAR, Math.max(0, start - offset), end - offset)
  }
}

function lettersOf(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Fields are of characters up to U+00FF, a byte each: https://fetch.spec.whatwg.org/#headers-class */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function latin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
