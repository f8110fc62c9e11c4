/**
 * Sends an answer that is whole: a small one in one write with its head.
 *
 * @module
 */
import type { ServerResponse } from 'node:http'
import type { WholeAnswer } from '../../../runtime/agents/index.ts'

/** Beyond it copying costs more than the write that is saved. */
export const MAX_COPIED_BYTES = 16_384
const WITHOUT_LENGTH: ReadonlySet<number> = new Set([204, 304])

/** Ends `outgoing` with `answer`, whose fields may be sent as they are. A client that is gone gets nothing. */
export function sendAnswer(
  outgoing: ServerResponse,
  { status, fields, body }: WholeAnswer,
  method: string,
): void {
  if (outgoing.destroyed) return
  const isKnown = body !== null || (method !== 'HEAD' && !WITHOUT_LENGTH.has(status))
  const length = isKnown && !fields.includes('content-length') ? (body?.byteLength ?? 0) : undefined
  outgoing.writeHead(
    status,
    length === undefined ? [...fields] : [...fields, 'content-length', String(length)],
  )
  if (body === null) outgoing.end()
  else if (body.byteLength > MAX_COPIED_BYTES) outgoing.end(body)
  // A text of the same encoding as the head, with a character a byte, leaves with it.
  else outgoing.end(asBuffer(body).toString('latin1'), 'latin1')
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
