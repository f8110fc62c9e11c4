/**
 * Bodies of a hop while they are sent and while they arrive: counted on their way, and stopped with the hop. For both
 * interfaces.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import type { Connected, SentBody } from '../../wasi/http/index.ts'
import { ReadableSource, type ByteSource } from '../../wasi/io/index.ts'
import type { Hop } from './hop.ts'

/**
 * Sends `body` as that of `hop`. At the end of the invocation it is broken off.
 *
 * @param admits - whether so many more bytes may be sent
 */
export function connectUpload(
  body: SentBody,
  hop: Hop,
  context: InvocationContext,
  admits: (bytes: number) => boolean = (bytes) => hop.uploads(bytes),
): Connected {
  context.defer(() => body.abandon(new TypeError('The invocation ended')))
  return body.connect({ discard: false, admits, cancelled: () => {} })
}

/**
 * Has a hop expire when no head of a response has come `ms` after its start, or after the latest bytes of its body: a long
 * upload takes the time it takes.
 *
 * @param hop - the one that is open now
 * @returns a function that stops waiting
 */
export function awaitHead(hop: () => Hop, ms: number): () => void {
  const startedAt = performance.now()
  const check = (): void => {
    const leftMs = Math.max(startedAt, hop().sentAt) + ms - performance.now()
    if (leftMs > 0) timer = setTimeout(check, leftMs)
    else hop().expire()
  }
  let timer = setTimeout(check, ms)
  return () => clearTimeout(timer)
}

/** Counts bytes of the response of `hop`. */
export function countIn(hop: Hop): (bytes: number) => void {
  return (bytes) => {
    if (!hop.receives(bytes)) throw hop.failure
  }
}

export interface ResponseSourceOptions {
  /** As of a `ReadableSource`. */
  readonly onChunk: (bytes: number) => void
  readonly onError: (error: unknown) => unknown
}

/**
 * The bytes of the body of a response, whose end is that of `hop`. When the hop must stop, so does the body: a driver may
 * not give up.
 */
export function responseSource(
  body: ReadableStream<Uint8Array>,
  hop: Hop,
  options: ResponseSourceOptions,
): ByteSource {
  const source = new ReadableSource(body, {
    ...options,
    onEnd: (error) => (error === undefined ? hop.close() : void hop.failed(error)),
  })
  hop.whenStopped((reason) => {
    // The guest wants no more of it, or has ended: that is no failure of the other side.
    hop.close()
    source.breakOff(reason)
  })
  return source
}
