/**
 * Requests of a guest that gets the head of its response as soon as that is there, and the body while it arrives.
 *
 * A short body that is there with its head is passed whole. The host waits for it one turn of the event loop and no
 * longer.
 *
 * @module
 */
import { inOnePiece } from '../../bytes/index.ts'
import {
  BODIES_HINT,
  MAX_WHOLE_BYTES,
  nextLoopTurn,
  type BodyError,
  type BodyStream,
  type InvocationContext,
} from '../../host-module/index.ts'
import { endToEnd } from '../../policy/index.ts'
import { timed } from '../../wasi/http/index.ts'
import { guestStream, type ByteSource } from '../../wasi/io/index.ts'
import type { Arrival, Course, CourseContext } from './course.ts'
import type { HttpReply } from './driver.ts'
import { openCourse } from './exchange.ts'
import type { Hop } from './hop.ts'
import { awaitHead, countIn, responseSource } from './hop-body.ts'
import type { GuestRequest } from './message.ts'
import { wholeBody } from './received.ts'
import { fieldOf, isWhole } from './reply.ts'

/** `content` of http.wit. */
export type Content =
  | { readonly tag: 'whole'; readonly val: Uint8Array }
  | { readonly tag: 'arriving'; readonly val: BodyStream }

/** `opened` of http.wit. */
export interface OpenedResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly content: Content
  readonly redirectedTo: string | undefined
  readonly decoded: boolean
}

export interface StreamedContext extends CourseContext {
  /** Until the head has come; after that, until more of the body has come while the guest waits for it. */
  readonly timeoutMs: number
}

/**
 * Checks `request` and its grant at once, as `openCourse` does. A body that is whole is among the bytes that the
 * invocation holds when it is returned.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openStreamed(
  request: GuestRequest,
  exchange: StreamedContext,
): () => OpenedResponse | Promise<OpenedResponse> {
  try {
    return openCourse(request, exchange, {
      atMost: MAX_WHOLE_BYTES,
      atOnce: (reply, hop) => ({
        status: reply.status,
        headers: endToEnd(reply.headers),
        content: whole(reply, hop, exchange),
        redirectedTo: undefined,
        decoded: false,
      }),
      later: (course, asked) => run(course, asked, exchange),
    })
  } catch (error) {
    // Else the guest would wait for a reader.
    exchange.upload?.bytes.cancel(error).catch(() => {})
    throw error
  }
}

async function run(
  course: Course,
  asked: HttpReply | Promise<HttpReply>,
  exchange: StreamedContext,
): Promise<OpenedResponse> {
  const stopWaiting = awaitHead(() => course.hop, exchange.timeoutMs)
  try {
    const arrival = await course.arrive(asked)
    const { reply, redirectedTo, decoder } = arrival
    return {
      status: reply.status,
      headers: endToEnd(reply.headers),
      content: await contentOf(arrival, exchange),
      redirectedTo,
      decoded: decoder?.hasDecoded === true,
    }
  } catch (error) {
    throw course.hop.failed(error)
  } finally {
    stopWaiting()
  }
}

/** The body of `reply`, which is whole. */
function whole(reply: HttpReply, hop: Hop, { context }: StreamedContext): Content {
  const val = wholeBody(reply, { hop, context, maxResponseBytes: MAX_WHOLE_BYTES })
  hop.close()
  return { tag: 'whole', val }
}

async function contentOf(
  { reply, hop, decoder }: Arrival,
  exchange: StreamedContext,
): Promise<Content> {
  if (isWhole(reply, MAX_WHOLE_BYTES)) return whole(reply, hop, exchange)
  const { context, timeoutMs } = exchange
  const source = responseSource(streamOf(reply), hop, {
    // The decoder has counted it.
    onChunk: decoder?.hasDecoded === true ? () => {} : countIn(hop),
    onError: (error) => error,
  })
  const start = new BodyStart(source, hop, context)
  const declared = Number(fieldOf(reply, 'content-length') ?? 0)
  if (declared <= MAX_WHOLE_BYTES && (await start.isWhole()))
    return { tag: 'whole', val: start.whole() }
  const waiting = timed(source, timeoutMs, () => hop.expire())
  const [bytes, end] = guestStream(start.before(waiting), () => bodyErrorOf(hop))
  return { tag: 'arriving', val: { bytes, end } }
}

/** The body of `reply` as a stream, also when it is there but too long to be passed whole. */
function streamOf({ body }: HttpReply): ReadableStream<Uint8Array> {
  if (body instanceof ReadableStream) return body
  return new ReadableStream({
    start(controller) {
      if (body !== null) controller.enqueue(body)
      controller.close()
    },
  })
}

/** What of a body is there with its head. */
class BodyStart {
  readonly #source: ByteSource
  readonly #hop: Hop
  readonly #context: InvocationContext
  readonly #chunks: Uint8Array[] = []
  #length = 0

  constructor(source: ByteSource, hop: Hop, context: InvocationContext) {
    this.#source = source
    this.#hop = hop
    this.#context = context
  }

  /**
   * Reads for one turn of the event loop. Resolves with whether that was all of it.
   *
   * @throws {HopFailure}, and the error of the body when it breaks off within the turn
   */
  async isWhole(): Promise<boolean> {
    let isOver = false
    let wake: (() => void) | undefined
    nextLoopTurn(() => {
      isOver = true
      wake?.()
    })
    try {
      for (;;) {
        while (this.#source.ready()) {
          const bytes = this.#source.read(MAX_WHOLE_BYTES)
          if (bytes === undefined) return true
          this.#hold(bytes)
          if (this.#length > MAX_WHOLE_BYTES) return false
        }
        if (isOver) return false
        // Not `Promise.race`, which takes as long as the rest of it.
        await new Promise<void>((resolve) => {
          wake = resolve
          void this.#source.wait().then(() => resolve())
        })
      }
    } catch (error) {
      this.#release()
      throw error
    }
  }

  /** All of a body that is whole. */
  whole(): Uint8Array {
    return inOnePiece(this.#chunks, this.#length)
  }

  /** The start, and `rest` after it. */
  before(rest: ByteSource): ByteSource {
    const chunks = this.#chunks
    return {
      ready: () => chunks.length > 0 || rest.ready(),
      wait: () => rest.wait(),
      read: (length) => {
        const chunk = chunks.shift()
        if (chunk === undefined) return rest.read(length)
        this.#context.held.give(chunk.length)
        return chunk
      },
      dispose: () => {
        this.#release()
        this.#hop.cancel()
      },
    }
  }

  #hold(bytes: Uint8Array): void {
    // Copied again when all of it is joined.
    this.#context.work('byte', bytes.length)
    if (!this.#context.held.take(bytes.length)) throw this.#hop.limited(BODIES_HINT)
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  #release(): void {
    for (const { length } of this.#chunks.splice(0)) this.#context.held.give(length)
  }
}

function bodyErrorOf({ end }: Hop): BodyError {
  return end === 'limited' || end === 'timeout' ? end : 'unavailable'
}
