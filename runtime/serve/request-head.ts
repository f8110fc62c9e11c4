/**
 * Receives a request for an agent that is called when the head is there: with the body, where that is there as well, and
 * else with a stream of it.
 *
 * @module
 */
import { inOnePiece } from '../bytes/index.ts'
import { MAX_WHOLE_BYTES, nextLoopTurn, type WebRequest } from '../host-module/index.ts'
import type { HeldBytes } from '../meter/index.ts'
import { endToEnd, isBodyless } from '../policy/index.ts'
import { ArrivingBody, type ArrivingBodyParts } from './arriving-body.ts'
import { bodyTooLarge, tooManyBodies } from './body-errors.ts'
import { NO_BYTES, type RequestRecord } from './request-record.ts'

// Microtasks that a read takes of a body that is there: one for a text or bytes.
const TURNS_FOR_A_READ = 8

export interface ReceivedHead {
  readonly record: RequestRecord
  /** The body, where the record does not have it. */
  readonly body: ArrivingBody | undefined
}

/**
 * Waits for a body of at most `MAX_WHOLE_BYTES` for one turn of the event loop; a promise only when there is a body.
 *
 * @param held - counts bytes that are read
 * @throws {MayflyError} ERR_LIMIT_EXCEEDED when the body is known to have more than `maxBodyBytes`, or cannot be held
 */
export function receiveHead(
  request: WebRequest,
  maxBodyBytes: number,
  held: HeldBytes,
): ReceivedHead | Promise<ReceivedHead> {
  const { method, url } = request
  const head = { method, url, headers: endToEnd(request.headers), body: NO_BYTES }
  // The `Request` of an agent has none: https://fetch.spec.whatwg.org/#dom-request
  if (isBodyless(method)) return { record: head, body: undefined }
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBodyBytes) throw bodyTooLarge('request-body', declared, maxBodyBytes)
  const bounds = { maxBytes: maxBodyBytes, held }
  if (declared > 0 && declared <= MAX_WHOLE_BYTES && request.arrived !== undefined)
    return receiveDeclared(request, head, bounds)
  const { body } = request
  if (body === null) return { record: head, body: undefined }
  return receiveStream(body, head, bounds, declared <= MAX_WHOLE_BYTES)
}

type Bounds = Pick<ArrivingBodyParts, 'maxBytes' | 'held'>

/** A server that knows when all of it is there makes no stream then. */
async function receiveDeclared(
  request: WebRequest,
  head: RequestRecord,
  bounds: Bounds,
): Promise<ReceivedHead> {
  // What came in one piece with the head, the server has read by then.
  await undefined
  let whole = request.arrived?.()
  if (whole === undefined) {
    await untilNextTurn()
    whole = request.arrived?.()
  }
  if (whole !== undefined) {
    if (!bounds.held.take(whole.byteLength)) throw tooManyBodies()
    return { record: { ...head, body: whole }, body: undefined }
  }
  const { body } = request
  return body === null
    ? { record: head, body: undefined }
    : receiveStream(body, head, bounds, false)
}

/** @param waits - whether all of it may be there within a turn */
async function receiveStream(
  stream: ReadableStream<Uint8Array>,
  head: RequestRecord,
  bounds: Bounds,
  waits: boolean,
): Promise<ReceivedHead> {
  const reader = stream.getReader()
  const start: Uint8Array[] = []
  const parts = { ...bounds, reader, start }
  if (!waits) return { record: head, body: new ArrivingBody({ ...parts, reading: undefined }) }
  let turn: Promise<undefined> | undefined
  let length = 0
  for (;;) {
    const reading = reader.read()
    const read =
      (await readNow(reading)) ?? (await Promise.race([reading, (turn ??= untilNextTurn())]))
    if (read === undefined) return { record: head, body: new ArrivingBody({ ...parts, reading }) }
    if (read.done) return { record: { ...head, body: inOnePiece(start, length) }, body: undefined }
    length += read.value.byteLength
    const refused =
      length > bounds.maxBytes
        ? bodyTooLarge('request-body', length, bounds.maxBytes)
        : bounds.held.take(read.value.byteLength)
          ? undefined
          : tooManyBodies()
    if (refused !== undefined) {
      // Not awaited: the source may take its time, and the request is over.
      reader.cancel(refused).catch(() => {})
      throw refused
    }
    start.push(read.value)
    if (length > MAX_WHOLE_BYTES)
      return { record: head, body: new ArrivingBody({ ...parts, reading: undefined }) }
  }
}

/**
 * The result of `reading` where it is there without a turn of the event loop; nothing otherwise, and where it fails. To wait
 * for a turn, and to race with it, takes as long as a small body.
 */
async function readNow<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  let result: Result | undefined
  let isOver = false
  const end = (read?: Result): void => {
    result = read
    isOver = true
  }
  reading.then(end, () => end())
  for (let turns = 0; !isOver && turns < TURNS_FOR_A_READ; turns++) await undefined
  return result
}

function untilNextTurn(): Promise<undefined> {
  return new Promise((resolve) => nextLoopTurn(() => resolve(undefined)))
}
