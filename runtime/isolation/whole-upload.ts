/**
 * The body that a guest streams to another server, read to its end in the process of the guest: streams do not cross.
 *
 * @module
 */
import { inOnePiece } from '../bytes/index.ts'
import { ComponentError } from '../link/index.ts'

// As the guest wrote them, and the linker lifted them: `open` of http.wit.
type OpenArguments = [
  request: { readonly body: Uint8Array },
  upload: {
    readonly bytes: ReadableStream<Uint8Array>
    readonly end: Promise<{ readonly tag: 'ok' | 'err' }>
  },
  redirect: string,
]

/** What the host lets the body of one request have, where its embedder says nothing else. */
const MAX_UPLOAD_BYTES = 1_048_576

/**
 * The arguments of `open` without a stream: the request has the body.
 *
 * @param values - with an upload
 * @param signal - aborted when the guest gives the request up
 * @throws {ComponentError} `limited` when the body is too large, `malformed` beside another body, `unavailable` when the
 *   guest gives it up
 */
export async function withWholeUpload(
  values: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<unknown[]> {
  const [request, { bytes, end }, redirect] = values as OpenArguments
  end.catch(() => {})
  const reader = bytes.getReader()
  const stop = (): void => void reader.cancel().catch(() => {})
  signal?.addEventListener('abort', stop)
  try {
    if (request.body.length > 0) throw new ComponentError('malformed')
    const chunks: Uint8Array[] = []
    let length = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      length += value.length
      if (length > MAX_UPLOAD_BYTES) throw new ComponentError('limited')
      chunks.push(value)
    }
    if ((await end).tag === 'err') throw new ComponentError('unavailable')
    return [{ ...request, body: inOnePiece(chunks, length) }, undefined, redirect]
  } catch (error) {
    stop()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
