/**
 * Requests and replies as plain values, beside those of the Web: the same checks hold for both.
 *
 * @module
 */
import { isFieldName, isFieldValue, isNullBodyStatus } from '../../policy/index.ts'
import type { ContentDecoder } from './content-decoder.ts'
import type { HttpAsked, HttpReply } from './driver.ts'

/** Without a signal, which the driver has: one that a request follows takes as long as the rest of it. */
export function toRequest({ method, url, headers, body }: HttpAsked): Request {
  const init = { method, redirect: 'manual' } as const
  const pairs = headers as [string, string][] // They are only read
  if (body instanceof ReadableStream) {
    // Required for a stream: https://fetch.spec.whatwg.org/#dom-requestinit-duplex
    const duplex = { duplex: 'half' }
    return new Request(url, { ...init, headers: pairs, body, ...duplex })
  }
  if (body.length === 0) return new Request(url, { ...init, headers: pairs })
  // A driver that streams would not know it, and some servers do not take a body without.
  const length: [string, string] = ['content-length', String(body.length)]
  return new Request(url, { ...init, headers: [...pairs, length], body })
}

/** `asked` with `fields` in place of those of the same names. */
export function withHeaders(asked: HttpAsked, fields: HttpAsked['headers']): HttpAsked {
  const others = asked.headers.filter(([name]) => !fields.some(([each]) => each === name))
  return { ...asked, headers: [...others, ...fields] }
}

/** The reply that a response of the Web is. */
export function toReply({ status, headers, body }: Response): HttpReply {
  return { status, headers, body }
}

/**
 * The reply that a driver has made, with names in lower case and its body decoded. Its body is cancelled when it is
 * refused.
 *
 * @throws when it is none that a response of the Web could be
 */
export function checkedReply(reply: HttpReply, decoder: ContentDecoder | undefined): HttpReply {
  try {
    return decoded(checked(reply), decoder)
  } catch (error) {
    cancelReply(reply)
    throw error
  }
}

/** The reply has no reader: its connection would stay open. */
export function cancelReply({ body }: HttpReply): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
}

/** Whether all of `reply` is there, in at most so many bytes. */
export function isWhole({ body }: HttpReply, atMost: number): boolean {
  return body === null || (body instanceof Uint8Array && body.length <= atMost)
}

/** The values of the fields `name` of `reply`; nothing when there is none. */
export function fieldOf({ headers }: HttpReply, name: string): string | undefined {
  let found: string | undefined
  for (const [each, value] of headers) {
    if (each === name) found = found === undefined ? value : `${found}, ${value}`
  }
  return found
}

function checked({ status, headers, body }: HttpReply): HttpReply {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(`Cannot read the response: its status is ${status}`)
  const fields: [string, string][] = []
  for (const [name, value] of headers) {
    if (!isFieldName(name) || !isFieldValue(value))
      throw new TypeError(`Cannot read the response: a field is malformed: ${JSON.stringify(name)}`)
    fields.push([name.toLowerCase(), value])
  }
  if (!isNullBodyStatus(status)) return { status, headers: fields, body }
  cancelReply({ status, headers: fields, body })
  return { status, headers: fields, body: null }
}

function decoded(reply: HttpReply, decoder: ContentDecoder | undefined): HttpReply {
  if (decoder === undefined || reply.body === null) return reply
  if (fieldOf(reply, 'content-encoding') === undefined) return reply
  const { status, headers } = reply
  const body = reply.body as Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> // Only read
  const response = decoder.decode(
    new Response(body, { status, headers: [...headers] as [string, string][] }),
  )
  return { ...reply, body: response.body }
}
