/** Bodies that a test sends part by part. @module */

/** A body, how it is sent, and how it ended. */
export interface SlowBody {
  readonly body: ReadableStream<Uint8Array>
  /** Resolves with the reason once its reader has cancelled it. */
  readonly cancelled: Promise<unknown>
  send(text: string): void
  end(): void
  /** Breaks it off. */
  fail(): void
}

export function slowBody(): SlowBody {
  const cancelled = Promise.withResolvers<unknown>()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (it) => void (controller = it),
    cancel: cancelled.resolve,
  })
  return {
    body,
    cancelled: cancelled.promise,
    send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    fail: () => controller?.error(new Error('reset')),
  }
}
