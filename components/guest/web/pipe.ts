/**
 * Pipes one stream into another.
 *
 * @module
 */

import type { AbortSignal } from './abort.ts'
import type { WritableStream } from './writable-stream.ts'

/** The part of a `ReadableStream` that piping needs. */
interface PipeSource<T> {
  getReader(): {
    read(): Promise<IteratorResult<T, undefined>>
    cancel(reason?: unknown): Promise<void>
    releaseLock(): void
  }
}

export interface PipeOptions {
  preventAbort?: boolean
  preventCancel?: boolean
  preventClose?: boolean
  signal?: AbortSignal
}

export async function pipeTo<T>(
  source: PipeSource<T>,
  target: WritableStream<T>,
  { preventAbort, preventCancel, preventClose, signal }: PipeOptions,
): Promise<void> {
  const reader = source.getReader()
  const writer = target.getWriter()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => undefined)
  const onAbort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted === true) onAbort()
  // The side that failed; the other side is then aborted or cancelled.
  let side: 'source' | 'target' = 'source'
  try {
    for (;;) {
      side = 'target'
      await Promise.race([writer.ready, aborted])
      side = 'source'
      const { done, value } = await Promise.race([reader.read(), aborted])
      if (done) break
      side = 'target'
      // Not awaited: `ready` says when to continue, and an error shows there.
      writer.write(value).catch(() => undefined)
    }
    side = 'target'
    if (preventClose !== true) await writer.close()
  } catch (error) {
    const isAbort = signal?.aborted === true
    if ((side === 'source' || isAbort) && preventAbort !== true) {
      await writer.abort(error).catch(() => undefined)
    }
    if ((side === 'target' || isAbort) && preventCancel !== true) {
      await reader.cancel(error).catch(() => undefined)
    }
    throw error
  } finally {
    signal?.removeEventListener('abort', onAbort)
    reader.releaseLock()
    writer.releaseLock()
  }
}
