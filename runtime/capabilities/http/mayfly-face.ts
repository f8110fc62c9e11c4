/**
 * `mayfly:agent/http`: whole requests and responses, by number where a guest starts several.
 *
 * @module
 */
import { GuestError, type Imports, type InvocationContext } from '../../host-module/index.ts'
import { keepAsBlob } from '../blob/index.ts'
import { pendingOf, type PendingSet } from '../poll/index.ts'
import type { HttpClient } from './client.ts'
import { asGuestError, openExchange, type GuestResponse, type Redirect } from './exchange.ts'
import type { GuestRequest } from './message.ts'

export interface MayflyFaceLimits {
  readonly maxPending: number
  readonly maxResponseBytes: number
  readonly timeoutMs: number
}

interface How {
  readonly signal: AbortSignal | undefined
  readonly redirect?: Redirect | undefined
}

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

  /** The guest has it from here on. */
  async function handOver(response: Promise<GuestResponse>): Promise<GuestResponse> {
    const arrived = await response
    held.give(arrived.body.length)
    return arrived
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
      // Of 0.1.0 without `redirect`.
      send: (request: GuestRequest, redirect?: Redirect) =>
        handOver(open(request, { signal: undefined, redirect })()),
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
        asBlob(await handOver(open(request, { signal: undefined, redirect })())),
      take,
      takeBlob: async (number: number) => asBlob(await take(number)),
      cancel: (number: number) => {
        aborts.get(number)?.abort()
        const response = responses.get(number)
        // It may have arrived before.
        if (response !== undefined) handOver(response).catch(() => {})
        spend(number)
      },
    },
  }
}
