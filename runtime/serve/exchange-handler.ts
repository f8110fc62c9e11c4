/**
 * Serves requests through an export of a standard: `wasi:http/incoming-handler`, `wasi:cli/run`. The host module that
 * knows the standard makes an `Exchange`, with the arguments of the export and its way to answer.
 *
 * @module
 */
import type { Exchange, RequestHandler, WebRequest } from '../host-module/index.ts'
import type { Limits } from '../manifest/index.ts'
import { recordLeftOut } from './answer-fields.ts'
import { bodyTooLarge } from './body-errors.ts'
import { enter, fail } from './enter.ts'
import { ExchangeResponse } from './exchange-response.ts'
import type { Handler } from './handler.ts'
import { linkFailure } from './link-answer.ts'
import { JSON_HEADERS, stopWith, urlOf } from './link-message.ts'
import type { ServedInvocation } from './served-invocation.ts'
import { toWebResponse } from './whole-answer.ts'

/** Makes the handler for the export that `standard` knows. */
export function exchangeHandler(standard: RequestHandler): Handler {
  const handler: Handler = {
    export: standard.export,

    respond(runs, invocation, request, origin) {
      const ending = new ExchangeResponse(invocation, {
        keepsLength: request.method === 'HEAD',
        origin,
        onLeftOut: (name) => recordLeftOut(runs.leftOut, invocation, origin, name),
      })
      let exchange: Exchange
      try {
        exchange = open(standard, request, invocation, runs.limits)
      } catch (error) {
        return fail(runs, invocation, ending, error)
      }
      ending.begins(exchange)
      return enter(runs, invocation, ending, standard.export, exchange.args)
    },

    async post(runs, invocation, caller, { path, body, onWait }) {
      const stop = stopWith(caller, invocation)
      onWait?.(stop)
      const init = {
        method: 'POST',
        headers: [...JSON_HEADERS],
        // The DOM's types know no bytes of a buffer that might be shared; this one is not.
        body: body as Uint8Array<ArrayBuffer>,
      }
      const request = new Request(urlOf(path), init)
      const response = toWebResponse(await handler.respond(runs, invocation, request))
      try {
        const answer = new Uint8Array(await response.arrayBuffer())
        const { outcome } = invocation
        return outcome === undefined || outcome.state === 'completed'
          ? { state: 'answered', status: response.status, body: answer }
          : linkFailure(outcome)
      } catch (error) {
        return { state: 'failed', hint: String(error) }
      }
    },
  }
  return handler
}

/** @throws {MayflyError} ERR_LIMIT_EXCEEDED, and errors of the host module for a request that it cannot pass on */
function open(
  standard: RequestHandler,
  request: WebRequest,
  invocation: ServedInvocation,
  { requestBodyBytes, responseBodyBytes }: Limits,
): Exchange {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > requestBodyBytes) throw bodyTooLarge('request-body', declared, requestBodyBytes)
  return standard.open(request, {
    invocation,
    maxRequestBytes: requestBodyBytes,
    maxResponseBytes: responseBodyBytes,
    exceeded: (body, bytes) =>
      invocation.halt(
        bodyTooLarge(body, bytes, body === 'request-body' ? requestBodyBytes : responseBodyBytes),
      ),
    cancelled: () => invocation.clientLeft(),
  })
}
