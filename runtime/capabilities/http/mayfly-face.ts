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
import { asGuestError, openExchange } from './exchange.ts'
import type { GuestRequest } from './message.ts'
import type { GuestResponse } from './received.ts'
import { openStreamed, type Content, type OpenedResponse } from './streamed-exchange.ts'

export interface MayflyFaceLimits {
  readonly maxPending: number
  readonly maxResponseBytes: number
  readonly timeoutMs: number
}

interface How {
  readonly signal: () => AbortSignal
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

  function open(request: GuestRequest, how: How): () => GuestResponse | Promise<GuestResponse> {
    return openExchange(request, { client, context, redirect: undefined, ...how, ...limits })
  }

  /** @param redirect - none from a guest of 0.1.0 */
  function send(
    request: GuestRequest,
    redirect?: Redirect,
  ): GuestResponse | Promise<GuestResponse> {
    let callSignal: AbortSignal | undefined
    const signal = (): AbortSignal => (callSignal = context.callSignal)
    const answer = open(request, { signal, redirect })()
    if (!('then' in answer)) {
      held.give(answer.body.length)
      return answer
    }
    const response = answer.then(handOver)
    // At the end of the invocation it holds nothing any more.
    if (callSignal !== context.signal) callSignal?.addEventListener('abort', () => drop(response))
    return response
  }

  /** The guest has the body once it is read here: it may take the response later than that arrives. */
  function handOver({
    status,
    headers,
    body,
    redirectedTo,
    decoded,
  }: GuestResponse): GuestResponse {
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
  ): OpenedResponse | Promise<OpenedResponse> {
    if (context.passesStreams === false) return openWhole(request, redirect)
    let callSignal: AbortSignal | undefined
    const signal = (): AbortSignal => (callSignal = context.callSignal)
    const how = { signal, redirect, upload, timeoutMs: limits.timeoutMs }
    const answer = openStreamed(request, { client, context, ...how })()
    if (!('then' in answer)) {
      if (answer.content.tag === 'whole') held.give(answer.content.val.length)
      return answer
    }
    const opened = answer.then(handOverContent)
    if (callSignal !== context.signal)
      callSignal?.addEventListener(
        'abort',
        () => void opened.then(({ content }) => content, ignore),
      )
    return opened
  }

  /** For a guest that no stream can pass to: it has none to upload either. */
  function openWhole(
    request: GuestRequest,
    redirect: Redirect,
  ): OpenedResponse | Promise<OpenedResponse> {
    const response = send(request, redirect)
    return 'then' in response ? response.then(asOpened) : asOpened(response)
  }

  function asOpened(response: GuestResponse): OpenedResponse {
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
  function handOverContent(opened: OpenedResponse): OpenedResponse {
    const { status, headers, content, redirectedTo, decoded } = opened
    let isHeld = content.tag === 'whole'
    return {
      status,
      headers,
      get content(): Content {
        if (isHeld && content.tag === 'whole') held.give(content.val.length)
        isHeld = false
        return content
      },
      redirectedTo,
      decoded,
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
    return response.then(handOver)
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
        const send = open(request, { signal: () => abort.signal })
        const response = new Promise<GuestResponse>((resolve) => resolve(send()))
        // A failure that the guest does not take must not count as an unhandled rejection: the record has it.
        response.catch(() => {})
        pending ??= pendingOf(context)
        const number = pending.add(response)
        responses.set(number, response)
        aborts.set(number, abort)
        return number
      },
      sendForBlob: (request: GuestRequest, redirect?: Redirect) => {
        const response = send(request, redirect)
        return 'then' in response ? response.then(asBlob) : asBlob(response)
      },
      open: openBody,
      take,
      takeBlob: async (number: number) => asBlob(await take(number)),
      cancel: (number: number) => {
        aborts.get(number)?.abort(CANCELLED)
        const response = responses.get(number)
        if (response !== undefined) drop(response.then(handOver))
        spend(number)
      },
    },
  }
}
