/**
 * Reads the body of a control-plane request on a thread that serves agents: within a bound of bytes, and of
 * time.
 *
 * @module
 */

export interface BodyBounds {
  readonly maxBytes: number
  /** Milliseconds until all of it must have come. */
  readonly timeoutMs: number
}

export type ReadBody =
  | { readonly state: 'read'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly state: 'too large' }
  | { readonly state: 'too slow' }

export async function readBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxBytes, timeoutMs }: BodyBounds,
): Promise<ReadBody> {
  const reader = body.getReader()
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), timeoutMs)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), late.promise])
      if (read === 'late') return stop(reader, 'too slow')
      if (read.done) break
      bytes += read.value.length
      if (bytes > maxBytes) return stop(reader, 'too large')
      chunks.push(read.value)
    }
  } finally {
    clearTimeout(timer)
  }
  return { state: 'read', bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()) }
}

function stop<State>(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  state: State,
): { readonly state: State } {
  // The rest of it is of no interest, nor is how it ends.
  reader.cancel().catch(() => {})
  return { state }
}
