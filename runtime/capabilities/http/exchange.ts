/**
 * Requests of a guest that gets its response whole: from the record of the request to that of the response.
 *
 * @module
 */
import { inOnePiece } from '../../bytes/index.ts'
import { BODIES_HINT, GuestError } from '../../host-module/index.ts'
import { endToEnd } from '../../policy/index.ts'
import { Course, type Arrival, type CourseContext } from './course.ts'
import { HopFailure, type HopEnd } from './hop.ts'
import { MalformedRequest, parseRequest, type GuestRequest, type HttpMessage } from './message.ts'

/** `fetched` of http.wit. */
export interface GuestResponse {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
  readonly redirectedTo: string | undefined
  readonly decoded: boolean
}

export interface ExchangeContext extends CourseContext {
  readonly timeoutMs: number
  readonly maxResponseBytes: number
}

/** The cases of `error` in http.wit. */
const CASES: Readonly<Record<HopEnd, string>> = {
  denied: 'denied',
  prohibited: 'denied',
  limited: 'limited',
  timeout: 'timeout',
  unavailable: 'unavailable',
  redirected: 'redirected',
}

/** The error of the interface for a hop that has ended so. */
export function asGuestError(end: HopEnd): GuestError {
  return new GuestError(CASES[end])
}

function rethrow(error: unknown, { redirect }: CourseContext): never {
  if (!(error instanceof HopFailure)) throw error
  const isUnknown = error.end === 'redirected' && redirect === undefined
  throw asGuestError(isUnknown ? 'unavailable' : error.end)
}

/**
 * Checks `request` and its grant at once. The returned function sends it, and `receive` reads the response.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openCourse<Received>(
  request: GuestRequest,
  course: CourseContext,
  receive: (course: Course) => Promise<Received>,
): () => Promise<Received> {
  const message = parse(request, course)
  try {
    const opened = new Course(message, course)
    return () => receive(opened).catch((error: unknown) => rethrow(error, course))
  } catch (error) {
    return rethrow(error, course)
  }
}

/**
 * Checks `request` and its grant at once. The body of the response is among the bytes that the invocation holds
 * when it is returned.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openExchange(
  request: GuestRequest,
  exchange: ExchangeContext,
): () => Promise<GuestResponse> {
  return openCourse(request, exchange, (course) => run(course, exchange))
}

/** Records the error in the request for the operator; the guest learns that the request is malformed. */
function parse(request: GuestRequest, { client, upload }: CourseContext): HttpMessage {
  try {
    return parseRequest(request, upload !== undefined)
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error
    const target = URL.parse(request.url)?.host ?? 'no host'
    client.note('send', target, { outcome: 'failed', hint: error.message })
    throw new GuestError('malformed')
  }
}

async function run(course: Course, exchange: ExchangeContext): Promise<GuestResponse> {
  // Not AbortSignal.timeout: its timer runs on after the response is there.
  const timer = setTimeout(() => course.hop.expire(), exchange.timeoutMs)
  try {
    return await read(await course.arrive(), exchange)
  } catch (error) {
    throw course.hop.failed(error)
  } finally {
    clearTimeout(timer)
    course.hop.close()
  }
}

async function read(
  { response, hop, redirectedTo, decoder }: Arrival,
  { context, maxResponseBytes }: ExchangeContext,
): Promise<GuestResponse> {
  const decoded = decoder?.hasDecoded === true
  const chunks: Uint8Array[] = []
  let length = 0
  // Not by iteration, which takes as long again.
  const reader = response.body?.getReader()
  const cancel = (reason: unknown): void => void reader?.cancel(reason).catch(() => {})
  // A driver may not give up.
  hop.whenStopped(cancel)
  try {
    for (;;) {
      const read = await reader?.read()
      if (read === undefined || read.done) break
      const { value } = read
      // Copied again when all of it is joined.
      context.work('byte', value.length)
      // The decoder has counted it.
      if (!decoded && !hop.receives(value.length)) throw hop.failure
      if (length + value.length > maxResponseBytes)
        throw hop.limited('Response body above maxResponseBytes of the http capability')
      if (!context.held.take(value.length)) throw hop.limited(BODIES_HINT)
      length += value.length
      chunks.push(value)
    }
    hop.throwIfStopped()
  } catch (error) {
    context.held.give(length)
    cancel(error)
    throw error
  }
  hop.close()
  return {
    status: response.status,
    headers: endToEnd(response.headers),
    body: inOnePiece(chunks, length),
    redirectedTo,
    decoded,
  }
}
