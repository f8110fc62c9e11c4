/**
 * Bodies of messages of `wasi:http@0.3`: a stream of bytes, and a future of the trailers.
 *
 * A message has one, whether a guest made it or the host. Its owner takes it apart, or sends it: a body that came in can go
 * out without a guest in between.
 *
 * @module
 */
import { guestStream, type StreamEnd } from '../../io/index.ts'
import { streamErrorCode, unfit, type ErrorCode, type HttpEnd } from '../error-code.ts'
import { receivedFields, type Fields } from '../fields.ts'
import type { Result } from '../future.ts'
import type { IncomingContent } from '../incoming-body.ts'

type Bytes = ReadableStream<Uint8Array>

/** Trailers, or why there are none. */
export type TrailersEnd = Result<Fields | undefined, ErrorCode>

/** The body of a message. */
export interface MessageBody {
  /** Its bytes. Nothing was read of them. */
  readonly stream: ReadableStream<Uint8Array> | undefined
  /** Settles after the bytes have ended. Rejects only when the guest that owes them has gone. */
  readonly trailers: Promise<TrailersEnd>
  /** Tells the maker of the message how its transmission has ended. The first time counts. */
  sent(end: HttpEnd): void
  /** Its owner drops it unread. */
  release(): void
}

/** The body of a message, until its owner takes it. */
export class HeldBody {
  #body: MessageBody | undefined

  constructor(body: MessageBody) {
    this.#body = body
  }

  /** @throws when it was taken before */
  take(): MessageBody {
    const body = this.#body
    if (body === undefined) throw unfit()
    this.#body = undefined
    return body
  }

  /** Its owner drops the message: a body that is still there is dropped unread. */
  release(): void {
    this.#body?.release()
  }
}

/**
 * The bytes to send of a message. A message without contents that announces trailers has an empty body: trailers follow
 * one. Without the announcement it is sent as it is, and has none.
 */
export function streamOf({ stream }: MessageBody, headers: Fields): Bytes | undefined {
  return stream ?? (headers.has('trailer') ? noBytes() : undefined)
}

/** The body of a message that a guest makes, and the future of its transmission. */
export function guestBody(
  stream: ReadableStream<Uint8Array> | undefined,
  trailers: Promise<TrailersEnd>,
): [body: MessageBody, transmission: Promise<HttpEnd>] {
  const { promise, resolve } = Promise.withResolvers<HttpEnd>()
  // A message may be dropped before anything asks for them.
  trailers.catch(() => {})
  const release = (): void => {
    stream?.cancel().catch(() => {})
    resolve({ tag: 'err', val: { tag: 'connection-terminated' } })
  }
  return [{ stream, trailers, sent: resolve, release }, promise]
}

/** The body of a message that came in. */
export function receivedBody({ source, trailers, budget, release }: IncomingContent): MessageBody {
  let isUnwanted = false
  const [stream, end] = guestStream<ErrorCode>(
    {
      ready: () => source.ready(),
      wait: () => source.wait(),
      read: (length) => source.read(length),
      dispose() {
        isUnwanted = true
        release?.()
      },
    },
    streamErrorCode,
  )
  return {
    stream,
    trailers: end.then((ended) => (isUnwanted ? NO_TRAILERS : received(ended))),
    sent() {},
    release: () => void stream.cancel().catch(() => {}),
  }

  async function received(ended: StreamEnd<ErrorCode>): Promise<TrailersEnd> {
    if (ended.tag === 'err') return ended
    try {
      const headers = await trailers
      return { tag: 'ok', val: headers && receivedFields(headers, budget, 'size-exceeded') }
    } catch {
      return { tag: 'err', val: { tag: 'HTTP-protocol-error' } }
    }
  }
}

const NO_TRAILERS: TrailersEnd = { tag: 'ok', val: undefined }

/** What a guest gets of a message that it takes apart: the bytes and the future of the trailers. */
export type Consumed = [stream: ReadableStream<Uint8Array>, trailers: Promise<TrailersEnd>]

/**
 * Takes `body` apart.
 *
 * @param outcome - how the guest will have handled the message: its maker hears of that
 */
export function consume(body: MessageBody, outcome: Promise<HttpEnd>): Consumed {
  outcome.then(
    (end) => body.sent(end),
    () => body.sent({ tag: 'err', val: { tag: 'connection-terminated' } }),
  )
  return [body.stream ?? noBytes(), body.trailers]
}

function noBytes(): Bytes {
  return new ReadableStream({ start: (it) => it.close() })
}
