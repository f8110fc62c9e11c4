/**
 * The response that a guest gets whole: its body is counted, bounded and held as it arrives.
 *
 * @module
 */
import { inOnePiece } from '../../bytes/index.ts'
import { BODIES_HINT, type InvocationContext } from '../../host-module/index.ts'
import { endToEnd } from '../../policy/index.ts'
import type { ContentDecoder } from './content-decoder.ts'
import type { HttpReply } from './driver.ts'
import type { Hop } from './hop.ts'

/** `fetched` of http.wit. */
export interface GuestResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
  readonly redirectedTo: string | undefined
  readonly decoded: boolean
}

const EMPTY = new Uint8Array(0)

/** Whose response it is, and how much of it there may be. */
interface Receiving {
  readonly hop: Hop
  readonly context: InvocationContext
  readonly maxResponseBytes: number
}

/**
 * The response for a reply that is there.
 *
 * @throws {HopFailure}
 */
export function received(reply: HttpReply, receiving: Receiving): GuestResponse {
  return toResponse(reply, wholeBody(reply, receiving), receiving.hop, false)
}

/**
 * The body of a reply that is there: counted, bounded and held.
 *
 * @throws {HopFailure}
 */
export function wholeBody({ body }: HttpReply, receiving: Receiving): Uint8Array {
  const { hop } = receiving
  const bytes = body instanceof Uint8Array ? body : EMPTY
  if (!hop.receives(bytes.length)) throw hop.failure
  hold(bytes.length, bytes.length, receiving)
  return bytes
}

/** Holds `bytes` more of a body, with which it has `length`. */
function hold(bytes: number, length: number, { hop, context, maxResponseBytes }: Receiving): void {
  // Copied again when all of it is joined.
  context.work('byte', bytes)
  if (length > maxResponseBytes)
    throw hop.limited('Response body above maxResponseBytes of the http capability')
  if (!context.held.take(bytes)) throw hop.limited(BODIES_HINT)
}

/**
 * Reads the rest of `reply`, which may have been there at once.
 *
 * @throws when its body breaks off, or is larger than it may be
 */
export async function read(
  reply: HttpReply,
  decoder: ContentDecoder | undefined,
  receiving: Receiving,
): Promise<GuestResponse> {
  if (!(reply.body instanceof ReadableStream)) return received(reply, receiving)
  const { hop, context } = receiving
  const decoded = decoder?.hasDecoded === true
  const chunks: Uint8Array[] = []
  let length = 0
  // Not by iteration, which takes as long again.
  const reader = reply.body.getReader()
  const cancel = (reason: unknown): void => void reader.cancel(reason).catch(() => {})
  // A driver may not give up.
  hop.whenStopped(cancel)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      // The decoder has counted it.
      if (!decoded && !hop.receives(value.length)) throw hop.failure
      hold(value.length, length + value.length, receiving)
      length += value.length
      chunks.push(value)
    }
    hop.throwIfStopped()
  } catch (error) {
    context.held.give(length)
    cancel(error)
    throw error
  }
  return toResponse(reply, inOnePiece(chunks, length), hop, decoded)
}

function toResponse(reply: HttpReply, body: Uint8Array, hop: Hop, decoded: boolean): GuestResponse {
  hop.close()
  return {
    status: reply.status,
    headers: endToEnd(reply.headers),
    body,
    redirectedTo: undefined,
    decoded,
  }
}
