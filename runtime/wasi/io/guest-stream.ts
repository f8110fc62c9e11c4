/**
 * Bytes as WASI 0.3 passes them: a stream, and beside it a future that says how it ended.
 *
 * @module
 */
import type { InvocationContext } from '../../host-module/index.ts'
import type { ByteSource } from './input-stream.ts'
import type { GuestSink } from './output-stream.ts'
import { untilReady } from './pollable.ts'

/** How a stream ended, as the guest reads it from the future. */
export type StreamEnd<Code> =
  { readonly tag: 'ok'; readonly val: undefined } | { readonly tag: 'err'; readonly val: Code }

export const ENDED_WELL: StreamEnd<never> = { tag: 'ok', val: undefined }

// What guests read at once, mostly.
const CHUNK_BYTES = 65_536

/**
 * A stream of the bytes of `source`, read as the guest asks for them, and how it ended. A guest that drops the stream has
 * got all it wanted.
 *
 * @param codeOf - the code for an error that `source` throws
 */
export function guestStream<Code>(
  source: ByteSource,
  codeOf: (error: unknown) => Code,
): [stream: ReadableStream<Uint8Array>, end: Promise<StreamEnd<Code>>] {
  const { promise, resolve } = Promise.withResolvers<StreamEnd<Code>>()
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          await untilReady(source)
          const bytes = source.read(CHUNK_BYTES)
          if (bytes !== undefined) return controller.enqueue(bytes)
          resolve(ENDED_WELL)
        } catch (error) {
          resolve({ tag: 'err', val: codeOf(error) })
        }
        controller.close()
      },
      cancel() {
        source.dispose?.()
        resolve(ENDED_WELL)
      },
    },
    { highWaterMark: 0 },
  )
  return [stream, promise]
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

// The stream may be one of the host's: its bytes would come for ever, and the guest has gone.
const draining = new WeakMap<object, Set<Reader>>()

/** The readers of one invocation, which end with it. */
function readersOf(invocation: Pick<InvocationContext, 'defer'>): Set<Reader> {
  let readers = draining.get(invocation)
  if (readers === undefined) {
    const made = new Set<Reader>()
    invocation.defer(() => {
      for (const reader of made) reader.cancel().catch(() => {})
    })
    draining.set(invocation, made)
    readers = made
  }
  return readers
}

/** The codes for what can happen to bytes on their way to a sink. */
export interface SinkCodes<Code> {
  /** The sink takes no more. */
  readonly closed: Code
  /** The code for an error that the sink throws. */
  codeOf(error: unknown): Code
}

/**
 * Writes the chunks of `stream` to `sink`, at its speed, until one of them ends, or the invocation does. Never rejects.
 */
export async function drain<Code>(
  invocation: Pick<InvocationContext, 'defer'>,
  stream: ReadableStream<Uint8Array>,
  sink: GuestSink,
  { closed, codeOf }: SinkCodes<Code>,
): Promise<StreamEnd<Code>> {
  const reader = stream.getReader()
  const readers = readersOf(invocation)
  readers.add(reader)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return ENDED_WELL
      if (await write(value, sink)) continue
      void reader.cancel()
      return { tag: 'err', val: closed }
    }
  } catch (error) {
    reader.cancel(error).catch(() => {})
    return { tag: 'err', val: codeOf(error) }
  } finally {
    readers.delete(reader)
  }
}

/** Returns whether the sink took all of them. */
async function write(bytes: Uint8Array, sink: GuestSink): Promise<boolean> {
  for (let offset = 0; offset < bytes.byteLength;) {
    while (sink.ended?.() !== true && sink.room() === 0) await sink.wait()
    if (sink.ended?.() === true) return false
    const part = bytes.subarray(offset, offset + sink.room())
    sink.write(part)
    offset += part.byteLength
  }
  return true
}
