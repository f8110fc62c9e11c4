/**
 * Bodies of requests that are sent while they are made.
 *
 * @module
 */

import { isLater, type HostUpload } from '../host.ts'
import type { Abortable } from '../work.ts'
import { chunksOf, type ArrivingBody, type Chunks } from './arriving.ts'
import type { ReadableStream } from './readable-stream.ts'

/** One that is under way. */
export interface Sending {
  readonly upload: HostUpload
  /** What its source has failed with. */
  readonly failure: { readonly error: unknown } | undefined
}

/** Sends `source` chunk by chunk, as the host takes them, until `signal` is aborted. */
export function sendAsRead(
  source: ArrivingBody | ReadableStream<Uint8Array>,
  upload: HostUpload,
  signal: Abortable | undefined,
): Sending {
  const chunks = chunksOf(source)
  const sending: { upload: HostUpload; failure: Sending['failure'] } = { upload, failure: undefined }
  const onAbort = (): void => {
    upload.end(false)
    void cancel(chunks, signal?.reason)
  }
  signal?.addEventListener('abort', onAbort)
  void pass(chunks, upload)
    .catch((error: unknown) => {
      sending.failure = { error }
      upload.end(false)
    })
    .finally(() => signal?.removeEventListener('abort', onAbort))
  return sending
}

async function pass(chunks: Chunks, upload: HostUpload): Promise<void> {
  for (;;) {
    const read = chunks.read()
    const chunk = isLater(read) ? await read : read
    // After an abort it has ended already.
    if (chunk === undefined) return upload.end(true)
    const written = upload.write(chunk)
    if (isLater(written) ? await written : written) continue
    upload.end(false)
    return cancel(chunks, new TypeError('The request has ended before its body'))
  }
}

/** What a source does when it is given up is its own business. */
async function cancel(chunks: Chunks, reason: unknown): Promise<void> {
  try {
    await chunks.cancel(reason)
  } catch {}
}
