/**
 * Bodies of requests that are sent while they are made.
 *
 * @module
 */

import type { HostBody } from '../host.ts'
import { endBody, writeBody, type Abortable } from '../work.ts'
import { chunksOf, type ArrivingBody } from './arriving.ts'
import type { ReadableStream } from './readable-stream.ts'

/** One that is under way. */
export interface Sending {
  /** What the host reads. */
  readonly upload: HostBody
  readonly writable: HostBody
  /** What its source has failed with. */
  failure?: { readonly error: unknown }
}

/** Sends `source` chunk by chunk, as the host takes them, until `signal` is aborted. Never rejects. */
export async function sendAsRead(
  source: ArrivingBody | ReadableStream<Uint8Array>,
  sending: Sending,
  signal: Abortable | undefined,
): Promise<void> {
  const { writable } = sending
  const chunks = chunksOf(source)
  const cancel = async (reason: unknown): Promise<void> => {
    endBody(writable, false)
    try {
      await chunks.cancel(reason)
    } catch {
      // What a source does when it is given up is its own business.
    }
  }
  const onAbort = (): void => void cancel(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  try {
    for (;;) {
      const chunk = await chunks.read()
      // After an abort it has ended already.
      if (chunk === undefined) return endBody(writable, true)
      if (await writeBody(writable, chunk)) continue
      return await cancel(new TypeError('The request has ended before its body'))
    }
  } catch (error) {
    sending.failure = { error }
    endBody(writable, false)
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
