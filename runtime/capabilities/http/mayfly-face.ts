/**
 * `mayfly:agent/http`: whole requests and responses, by number where a guest starts several; or streamed ones.
 *
 * @module
 */
import { CANCELLED } from '../../errors/index.ts'
import {
  GuestError,
  type BodyStream,
  type Imports,
  type InvocationContext,
} from '../../host-module/index.ts'
import { keepAsBlob } from '../blob/index.ts'
import { pendingOf, type PendingSet } from '../poll/index.ts'
import type { HttpClient } from './client.ts'
import type { Redirect } from './course.ts'
import { asGuestError, openExchange, type GuestResponse } from './exchange.ts'
import type { GuestRequest } from './message.ts'
import { openStreamed, type Content, type OpenedResponse } from './streamed-exchange.ts'

export interface MayflyFaceLimits {
  readonly maxPending: number
  readonly maxResponseBytes: number
  readonly timeoutMs: number
}

interface How {
  readonly signal: AbortSignal | undefined
  readonly redirect?: Redirect | undefined
}

/** Why a request failed, the record has. */
const ignore = (): void => {}

export function mayflyFace(
  client: HttpClient,
  context: InvocationContext,
  { maxPending, ...limits }: MayflyFaceLimits,
): Imports {
  const responses = new Map<number, Promise<GuestResponse>>()
  const aborts = new Map<number, AbortController>()
  const { held } = context
  let pending: PendingSet | undefined

  function open(request: GuestRequest, how: How): () => Promise<GuestResponse> {
    return openExchange(request, { client, context, redirect: undefined, ...how, ...limits })
  }

  /** @param redirect - none from a guest of 0.1.0 */
  function send(request: GuestRequest, redirect?: Redirect): Promise<GuestResponse> {
    const { callSignal, signal } = context
    const response = handOver(open(request, { signal: callSignal, redirect })())
    // At the end of the invocation it holds nothing any more.
    if (callSignal !== signal) callSignal.addEventListener('abort', () => drop(response))
    return response
  }

  /** The guest has the body once it is read here: it may take the response later than that arrives. */
  async function handOver(response: Promise<GuestResponse>): Promise<GuestResponse> {
    const { status, headers, body, redirectedTo, decoded } = await response
    let isHeld = true
    return {
      status,
      headers,
      get body() {
        if (isHeld) held.give(body.length)
        isHeld = false
        return body
      },
      redirectedTo,
      decoded,
    }
  }

  /** Drops a response that may have arrived. */
  function drop(handedOver: Promise<GuestResponse>): void {
    handedOver.then(
      ({ body }) => body,
      () => {},
    )
  }

  function openBody(
    request: GuestRequest,
    upload: BodyStream | undefined,
    redirect: Redirect,
  ): Promise<OpenedResponse> {
    if (context.passesStreams === false) return openWhole(request, redirect)
    const { callSignal, signal } = context
    const how = { signal: callSignal, redirect, upload, timeoutMs: limits.timeoutMs }
    const opened = handOverContent(openStreamed(request, { client, context, ...how })())
    if (callSignal !== signal)
      callSignal.addEventListener('abort', () => void opened.then(({ content }) => content, ignore))
    return opened
  }

  /** For a guest that no stream can pass to: it has none to upload either. */
  async function openWhole(request: GuestRequest, redirect: Redirect): Promise<OpenedResponse> {
    const response = await send(request, redirect)
    const { status, headers, redirectedTo, decoded } = response
    const content: Content = {
      tag: 'whole',
      get val() {
        return response.body
      },
    }
    return { status, headers, content, redirectedTo, decoded }
  }

  /** The same as `handOver`, for a body that is whole. A stream counts its own bytes. */
  async function handOverContent(opening: Promise<OpenedResponse>): Promise<OpenedResponse> {
    const opened = await opening
    let isHeld = opened.content.tag === 'whole'
    return {
      ...opened,
      get content(): Content {
        if (isHeld && opened.content.tag === 'whole') held.give(opened.content.val.length)
        isHeld = false
        return opened.content
      },
    }
  }

  function asBlob(response: GuestResponse): object {
    return { ...response, body: keepAsBlob(response.body, context, 'response') }
  }

  function spend(number: number): void {
    responses.delete(number)
    aborts.delete(number)
    pending?.delete(number)
  }

  function take(number: number): Promise<GuestResponse> {
    const response = responses.get(number)
    if (response === undefined) throw new GuestError('unknown')
    spend(number)
    return handOver(response)
  }

  return {
    'mayfly:agent/http': {
      send,
      start: (request: GuestRequest) => {
        if (responses.size >= maxPending) {
          const hint = 'Pending requests above maxPending of the http capability'
          client.note('send', 'maxPending', { outcome: 'limited', hint })
          throw asGuestError('limited')
        }
        const abort = new AbortController()
        const response = open(request, { signal: abort.signal })()
        // A failure that the guest does not take must not count as an unhandled rejection: the record has it.
        response.catch(() => {})
        pending ??= pendingOf(context)
        const number = pending.add(response)
        responses.set(number, response)
        aborts.set(number, abort)
        return number
      },
      sendForBlob: async (request: GuestRequest, redirect?: Redirect) =>
        asBlob(await send(request, redirect)),
      open: openBody,
      take,
      takeBlob: async (number: number) => asBlob(await take(number)),
      cancel: (number: number) => {
        aborts.get(number)?.abort(CANCELLED)
        const response = responses.get(number)
        if (response !== undefined) drop(handOver(response))
        spend(number)
      },
    },
  }
}
