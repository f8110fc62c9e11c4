/**
 * The common part of `Request` and `Response`: a body that is read once.
 *
 * A body keeps its original form, a string or bytes, until the agent asks for another form. A stream is made only when
 * `body` is read: a stream of one chunk costs more than the rest of a small answer.
 *
 * @module
 */

import { decodeUtf8, encodeUtf8, parseJson } from '../engine.ts'
import type { Later } from '../host.ts'
import { ArrivingBody, readAll, streamOver } from './arriving.ts'
import { Blob, bytesOfBlob } from './blob.ts'
import { FormData } from './form-data.ts'
import { formatMimeType, parseMimeType, type MimeType } from './mime-type.ts'
import { parseMultipart, serializeMultipart } from './multipart.ts'
import { endStream, isDisturbed, ReadableStream, teeOf } from './readable-stream.ts'
import { parseForm, URLSearchParams } from './url-search-params.ts'

/** A body that is there. */
type Whole = string | Uint8Array | null
/** A body that has to be read. */
type Streamed = ArrivingBody | ReadableStream<Uint8Array>
type Source = Whole | Streamed

export type BodyInit =
  string | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams | ReadableStream

/** A body, and its content type if the agent sets no other. */
export interface BodyContent {
  readonly source: Source
  readonly type: string | null
}

/** Stands for a body that has been used, and was no stream. */
const USED: unique symbol = Symbol('used')
/** Messages whose body was taken that was a stream. */
const taken = new WeakSet<object>()
/** Streams that were made of bodies that were there. */
const wholes = new WeakMap<ReadableStream, string | Uint8Array>()

/** The first byte of a byte order mark in UTF-8. To look at a byte takes a fifth of what a method of a string takes. */
const FIRST_OF_MARK = 0xef

/** The type of a body that is given as text. */
export const TEXT_TYPE = 'text/plain;charset=UTF-8'

/** Takes the body out of a message, which is used from then on. For this library only. */
export let takeSource: (message: Message) => Source
/** Takes the body out of a message whose body is a text that was not used; of no other. For this library only. */
export let takeText: (message: Message) => string | undefined
/** Whether the body is a stream, given as one or made one. For this library only. */
export let isStreamed: (message: Message) => boolean
/** Makes `source` the body of a message. For this library only. */
export let adoptSource: (message: Message, source: Source) => void
/** Splits a body for `clone`: the message keeps one half, the other is returned. For this library only. */
export let splitSource: (message: Message) => Source
/** The rest of a message. For this library only. */
export let headOf: <Head>(message: Body<Head>) => Head
/** Makes `head` the rest of a message. For this library only. */
export let adoptHead: <Head>(message: Body<Head>, head: Head) => void

let heldBy: (message: Message) => Held
let use: (message: Message) => void

type Message = Body<unknown>
type Held = Source | typeof USED | (() => Source)

export abstract class Body<Head> {
  // Two fields, no more, and no private method, which is one more field: each costs every message a twentieth of its making.
  // Once `body` has been read, its stream is the source.
  #source: Held
  #head: Head

  static {
    takeSource = take
    takeText = (message) => {
      const source = message.#source
      if (typeof source !== 'string') return undefined
      message.#source = USED
      return source
    }
    isStreamed = (message) => {
      const source = message.#source
      return !(
        typeof source === 'string' ||
        source === null ||
        source === USED ||
        source instanceof Uint8Array
      )
    }
    adoptSource = (message, source) => {
      message.#source = source
    }
    splitSource = split
    headOf = (message) => message.#head
    adoptHead = (message, head) => {
      message.#head = head
    }
    heldBy = (message) => message.#source
    use = (message) => {
      message.#source = USED
    }
  }

  /**
   * @param source - or what says it, called when the body is first needed
   * @param head - the rest of the message
   */
  constructor(source: Source | (() => Source), head: Head) {
    this.#source = source
    this.#head = head
  }

  abstract readonly headers: { get(name: string): string | null }

  get body(): ReadableStream<Uint8Array> | null {
    const source = known(this)
    if (source === null || source instanceof ReadableStream) return source
    const stream = source === USED ? usedUp() : toStream(source)
    this.#source = stream
    return stream
  }

  get bodyUsed(): boolean {
    return isUsed(this, this.#source)
  }

  // The four below have no `await` for a body that is there: one would take as long as the rest. For such a body they touch
  // no class of a stream, and call as few functions as they can. Bytes are always a whole body.

  async text(): Promise<string> {
    const bytes = this.#source
    if (bytes instanceof Uint8Array) {
      this.#source = USED
      return toText(bytes)
    }
    const source = take(this)
    return source instanceof Uint8Array || typeof source === 'string' || source === null
      ? toText(source)
      : toText(await readAll(source))
  }

  async json(): Promise<unknown> {
    const bytes = this.#source
    if (bytes instanceof Uint8Array) {
      this.#source = USED
      const value = parseJson(bytes)
      return value === undefined ? (JSON.parse(toText(bytes)) as unknown) : value
    }
    const source = take(this)
    const text =
      source instanceof Uint8Array || typeof source === 'string' || source === null
        ? toText(source)
        : toText(await readAll(source))
    return JSON.parse(text) as unknown
  }

  async bytes(): Promise<Uint8Array> {
    return toBytes(take(this))
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const source = take(this)
    const bytes = isOnItsWay(source) ? await readAll(source) : wholeBytes(source)
    return bytes.byteLength === bytes.buffer.byteLength
      ? (bytes.buffer as ArrayBuffer)
      : (bytes.slice().buffer as ArrayBuffer)
  }

  async blob(): Promise<Blob> {
    const type = typeOf(this)
    const bytes = await toBytes(take(this))
    return new Blob([bytes], { type: type === undefined ? '' : formatMimeType(type) })
  }

  async formData(): Promise<FormData> {
    const type = typeOf(this)
    const bytes = await toBytes(take(this))
    if (type?.essence === 'multipart/form-data') {
      return parseMultipart(bytes, type.parameters.get('boundary'))
    }
    if (type?.essence === 'application/x-www-form-urlencoded') {
      const form = new FormData()
      for (const [name, value] of parseForm(decodeUtf8(bytes))) form.append(name, value)
      return form
    }
    const shown = this.headers.get('content-type') ?? ''
    throw new TypeError(`Cannot read the body as a form: its content type is "${shown}"`)
  }
}

function typeOf(message: Message): MimeType | undefined {
  const text = message.headers.get('content-type')
  return text === null ? undefined : parseMimeType(text)
}

function split(message: Message): Source {
  const source = known(message)
  if (source === USED || isUsed(message, source))
    throw new TypeError('Cannot clone: the body has been used')
  if (isOnItsWay(source)) {
    const stream = source instanceof ArrivingBody ? streamOver(source) : source
    const [mine, other] = teeOf(stream, copyOfBytes)
    adoptSource(message, mine)
    return other
  }
  // Copied: each of the two hands out its bytes, which the agent may change.
  return source instanceof Uint8Array ? source.slice() : source
}

/** What a message has as its body, once that is needed. */
function known(message: Message): Source | typeof USED {
  const source = heldBy(message)
  if (typeof source !== 'function') return source
  const said = source()
  adoptSource(message, said)
  return said
}

function take(message: Message): Source {
  const source = known(message)
  if (source === null) return null
  if (source === USED || isUsed(message, source)) {
    throw new TypeError('Cannot read the body: it has been used')
  }
  if (!(source instanceof ReadableStream)) {
    use(message)
    return source
  }
  if (source.locked) throw new TypeError('Cannot read the body: its stream is locked')
  taken.add(message)
  return source
}

function isUsed(message: Message, source: Held): boolean {
  if (source === USED) return true
  return source instanceof ReadableStream && (taken.has(message) || isDisturbed(source))
}

/** The stream of a body that was read without one: it has ended, and what has read it holds it. */
function usedUp(): ReadableStream<Uint8Array> {
  const stream = toStream(null)
  void stream.getReader().read()
  return stream
}

/** Returns the body to send for `init`. A buffer is copied, because its owner may still write to it. */
export function toContent(init: BodyInit | null | undefined): BodyContent {
  if (typeof init === 'string') return { source: init, type: TEXT_TYPE }
  if (init === null || init === undefined) return { source: null, type: null }
  if (init instanceof ReadableStream) {
    if (init.locked) throw new TypeError('Cannot use a stream as body: it is locked')
    if (isDisturbed(init)) throw new TypeError('Cannot use a stream as body: it has been read from')
    const whole = wholes.get(init)
    // Each chunk is checked when it is read.
    if (whole === undefined) return { source: init as ReadableStream<Uint8Array>, type: null }
    // Nothing was read of it, so it need not be sent as a stream.
    init.getReader()
    return { source: whole, type: null }
  }
  if (init instanceof Uint8Array) return { source: init.slice(), type: null }
  if (init instanceof ArrayBuffer) return { source: new Uint8Array(init.slice(0)), type: null }
  if (ArrayBuffer.isView(init)) {
    const { buffer, byteOffset, byteLength } = init
    return { source: new Uint8Array(buffer, byteOffset, byteLength).slice(), type: null }
  }
  if (init instanceof URLSearchParams) {
    const type = 'application/x-www-form-urlencoded;charset=UTF-8'
    return { source: init.toString(), type }
  }
  if (init instanceof FormData) return serializeMultipart(init)
  if (init instanceof Blob) return { source: bytesOfBlob(init), type: init.type || null }
  return { source: String(init), type: TEXT_TYPE }
}

/** Returns all of `source` as bytes, at once when they are there. */
export function toBytes(source: Source): Later<Uint8Array> {
  return isOnItsWay(source) ? readAll(source) : wholeBytes(source)
}

/** Whether `source` has to be read. */
export function isOnItsWay(source: Source): source is Streamed {
  return source !== null && typeof source !== 'string' && !(source instanceof Uint8Array)
}

function wholeBytes(source: Whole): Uint8Array {
  if (source === null) return new Uint8Array(0)
  return typeof source === 'string' ? encodeUtf8(source) : source
}

/** As the standard decodes a body: half a surrogate pair becomes U+FFFD, and a byte order mark is left out. */
function toText(source: Whole): string {
  if (source === null) return ''
  if (typeof source !== 'string' && source[0] !== FIRST_OF_MARK) return decodeUtf8(source)
  const text = typeof source === 'string' ? source.toWellFormed() : decodeUtf8(source)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function toStream(content: Whole | ArrivingBody): ReadableStream<Uint8Array> {
  if (content instanceof ArrivingBody) return streamOver(content)
  const stream = new ReadableStream<Uint8Array>({
    type: 'bytes',
    pull(controller) {
      const bytes = typeof content === 'string' ? encodeUtf8(content) : content
      if (bytes !== null && bytes.byteLength > 0) {
        // Copied: the stream takes the buffer away from its owner.
        controller.enqueue(new Uint8Array(bytes))
      }
      endStream(controller)
    },
  })
  if (content !== null) wholes.set(stream as ReadableStream, content)
  return stream
}

/** A body reads bytes alone, and refuses what else a stream has, in both copies. */
function copyOfBytes(chunk: unknown): unknown {
  if (chunk instanceof ArrayBuffer) return chunk.slice(0)
  if (!ArrayBuffer.isView(chunk)) return chunk
  const { buffer, byteOffset, byteLength } = chunk
  if (chunk instanceof DataView)
    return new DataView(buffer.slice(byteOffset, byteOffset + byteLength))
  // The cast: every other view is a typed array, which copies itself.
  return (chunk as Uint8Array).slice()
}
