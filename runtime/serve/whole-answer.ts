/**
 * The answer of an agent that has ended, as a server sends it: checked fields in the order of the wire, and one run of
 * bytes. A `Response` of the Web is made of it only where one is asked for, which costs more than sending the answer.
 *
 * @module
 */
import { leaveUntyped } from '../host-module/index.ts'

/** An answer that is all there. Its fields may be sent as they are. */
export class WholeAnswer {
  readonly status: number
  /** Names, in lower case, and values in turn. One that may be repeated is. */
  readonly fields: readonly string[]
  /** `null` where the answer has none, or may have none. */
  readonly body: Uint8Array | null

  constructor(status: number, fields: readonly string[], body: Uint8Array | null) {
    this.status = status
    this.fields = fields
    this.body = body
  }
}

/** An answer as it leaves the runtime: one that streams is a `Response`. */
export type Answer = Response | WholeAnswer

/** Returns `answer` for those who know the Web's `Response` only. */
export function toWebResponse(answer: Answer): Response {
  if (!(answer instanceof WholeAnswer)) return answer
  const { status, fields, body } = answer
  return responseOf(status, fields, body && (textOf(body, fields) ?? body))
}

/** @param fields - that were checked: server adapters replace the constructor by one without checks */
export function responseOf(
  status: number,
  fields: readonly string[],
  body: string | Uint8Array | ReadableStream<Uint8Array> | null,
): Response {
  // The DOM's types know no bytes of a buffer that might be shared; these are copies.
  const response = new Response(body as BodyInit | null, { status, headers: headersOf(fields) })
  if (body !== null && fieldOf(fields, 'content-type') === undefined) leaveUntyped(response)
  return response
}

/** A plain object where names differ, as nearly always: adapters write it out as it is. */
function headersOf(fields: readonly string[]): Record<string, string> | [string, string][] {
  const headers: Record<string, string> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? ''
    // Inherited names, such as `constructor`, count as present: headers with such names go as pairs.
    if (name in headers) return pairsOf(fields)
    headers[name] = fields[at + 1] ?? ''
  }
  return headers
}

function pairsOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < fields.length; at += 2) pairs.push([fields[at] ?? '', fields[at + 1] ?? ''])
  return pairs
}

/** Returns the first value of the field `name`, in lower case. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1]
  return undefined
}

// Beyond it copying costs more than the write that is saved.
const MAX_TEXT_BYTES = 4_096
const TEXT_TYPE = /^(text\/|application\/json\b)/i
const NON_ASCII = /[^\0-\x7f]/
// A mark at the beginning is part of the body.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A small text as a string, where a server adapter has put a class of its own in the place of the platform's `Response`:
 * it sends a string in one write together with the head, bytes in a write of their own. Only where the agent names its
 * type: without one the constructor would make it up. Not with a field outside ASCII: the head would be written in the
 * encoding of the text, which is not that of fields.
 */
function textOf(body: Uint8Array, fields: readonly string[]): string | undefined {
  if (body.byteLength > MAX_TEXT_BYTES || !isReplaced()) return undefined
  const type = fieldOf(fields, 'content-type')
  if (type === undefined || !TEXT_TYPE.test(type)) return undefined
  if (fields.some((text) => NON_ASCII.test(text))) return undefined
  try {
    return utf8.decode(body)
  } catch {
    // The bytes are not valid UTF-8, whatever the header says: a string would not give them back.
    return undefined
  }
}

/** Whether the global `Response` inherits from the platform's. */
function isReplaced(): boolean {
  return Object.getPrototypeOf(Response) !== Function.prototype
}
