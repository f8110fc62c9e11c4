/**
 * Requests of a guest that gets its response whole: from the record of the request to that of the response.
 *
 * @module
 */
import { GuestError } from '../../host-module/index.ts'
import { Course, type CourseContext } from './course.ts'
import type { HttpReply } from './driver.ts'
import { HopFailure, type Hop, type HopEnd } from './hop.ts'
import { MalformedRequest, parseRequest, type GuestRequest, type HttpMessage } from './message.ts'
import { read, received, type GuestResponse } from './received.ts'
import { isRedirect } from './redirect.ts'
import { isWhole } from './reply.ts'

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

/** How the reply to a request becomes what the guest gets. */
export interface Receiver<Received> {
  /** Bytes of the longest body for `atOnce`. */
  readonly atMost: number
  /** The reply is there at once with all of its body, and is the answer. Closes the hop. */
  atOnce(reply: HttpReply, hop: Hop): Received
  /** It is not: it has to be waited for, or leads to another. */
  later(course: Course, asked: HttpReply | Promise<HttpReply>): Promise<Received>
}

/**
 * Checks `request` and its grant at once. What it returns sends the request, and has the response at once where the driver
 * has: then there is no promise, no signal and no timer.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openCourse<Received>(
  request: GuestRequest,
  context: CourseContext,
  receiver: Receiver<Received>,
): () => Received | Promise<Received> {
  const message = parse(request, context)
  try {
    const course = new Course(message, context)
    return () => answer(course, context, receiver)
  } catch (error) {
    return rethrow(error, context)
  }
}

function answer<Received>(
  course: Course,
  context: CourseContext,
  receiver: Receiver<Received>,
): Received | Promise<Received> {
  try {
    const asked = course.ask()
    if (!('then' in asked) && isWhole(asked, receiver.atMost) && !isRedirect(asked.status))
      return receiver.atOnce(asked, course.hop)
    return receiver.later(course, asked).catch((error: unknown) => rethrow(error, context))
  } catch (error) {
    return rethrow(course.hop.failed(error), context)
  }
}

/**
 * Checks `request` and its grant at once, as `openCourse` does. The body of the response is among the bytes that the
 * invocation holds when it is returned.
 *
 * @throws {GuestError} when it must not be sent
 */
export function openExchange(
  request: GuestRequest,
  exchange: ExchangeContext,
): () => GuestResponse | Promise<GuestResponse> {
  return openCourse(request, exchange, {
    atMost: Infinity,
    atOnce: (reply, hop) => received(reply, { hop, ...exchange }),
    later: (course, asked) => run(course, asked, exchange),
  })
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

async function run(
  course: Course,
  asked: HttpReply | Promise<HttpReply>,
  exchange: ExchangeContext,
): Promise<GuestResponse> {
  // Not AbortSignal.timeout: its timer runs on after the response is there.
  const timer = setTimeout(() => course.hop.expire(), exchange.timeoutMs)
  try {
    const { reply, hop, redirectedTo, decoder } = await course.arrive(asked)
    const response = await read(reply, decoder, { hop, ...exchange })
    return redirectedTo === undefined ? response : { ...response, redirectedTo }
  } catch (error) {
    throw course.hop.failed(error)
  } finally {
    clearTimeout(timer)
    course.hop.close()
  }
}
